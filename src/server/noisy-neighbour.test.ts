import { afterAll, beforeAll, expect, test } from "bun:test";
import type { EngineStatus } from "../engine/index.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import type { NoiseTarget } from "../testing/noisy/noise.ts";
import { noisyConfig, prepareProjects, projects } from "../testing/noisy/noisy-config.ts";
import { askQuietly, type Question, type QuietTally } from "../testing/noisy/quiet-client.ts";
import { startNoisyNeighbour, type NoisyNeighbour } from "../testing/noisy/start-noise.ts";
import { residentBytes } from "../testing/process-state.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// One project does everything at once that costs a careless server much; nobody else's request fails, or waits for long.

const noiseMs = Number(process.env["SAHAB_NOISE_MS"] ?? 15_000);

let good: FakeVendor;
let neighbour: NoisyNeighbour;
let sahab: TestSahab;
let keys: Awaited<ReturnType<typeof prepareProjects>>["keys"];
let target: NoiseTarget;

beforeAll(async () => {
  good = startFakeVendor({ quick: chat(["a ", "b ", "c "]) });
  neighbour = await startNoisyNeighbour();
  sahab = await runSahab({ config: noisyConfig({ goodUrl: good.url, ...neighbour }) });
  ({ keys, target } = await prepareProjects(sahab));
});

afterAll(async () => {
  await sahab?.close();
  await neighbour?.stop();
  await good?.stop();
});

const ofVendor: Question[] = [
  { name: "chat, streamed", path: "/v1/chat/completions", stream: true, maxTokens: 8 },
  { name: "chat, whole", path: "/v1/chat/completions", stream: false, maxTokens: 8 },
  { name: "messages, streamed", path: "/v1/messages", stream: true, maxTokens: 8 },
  { name: "messages, whole", path: "/v1/messages", stream: false, maxTokens: 8 },
];
const short: Question = { name: "local, short", path: "/v1/chat/completions", stream: true, maxTokens: 4 };
const long: Question = { name: "local, long", path: "/v1/chat/completions", stream: true, maxTokens: 60 };

test(
  "while one project does its worst, no request of the others fails, and each has its share",
  async () => {
    const over = new AbortController();
    const ask = (project: (typeof projects)[number], model: string, questions: Question[], pauseMs: number) =>
      askQuietly({ address: sahab.address, key: keys[project], model }, questions, {
        pauseMs,
        signal: over.signal,
      });
    const pidBefore = (await engine()).pid;
    let residentMax = 0;
    const watch = setInterval(() => {
      residentMax = Math.max(residentMax, residentBytes(sahab.pid));
    }, 250);
    const quiet = [
      ask("calm", "quick", ofVendor, 20),
      ask("calm", "nano", [short], 50),
      ask("busy", "quick", ofVendor, 20),
      // As much as it gets: so there is a share to compare.
      ...Array.from({ length: 4 }, () => ask("busy", "nano", [long], 0)),
    ];
    const noise = await neighbour.makeNoise({ target, durationMs: noiseMs });
    over.abort();
    const tallies = await Promise.all(quiet);
    clearInterval(watch);
    const localTokens = await countLocalTokens();
    console.log(`noisy-neighbour.test.ts: ${Math.round(residentMax / 2 ** 20)} MiB at most; ${describe(tallies)}`);
    console.log(`  tokens of the local model: ${projects.map((name) => `${name} ${localTokens[name]}`).join(", ")}`);
    console.log(`  ${JSON.stringify(noise)}`);

    expect(tallies.flatMap(({ failures }) => failures).slice(0, 5)).toEqual([]);
    for (const { latenciesMs } of tallies)
      for (const times of Object.values(latenciesMs)) expect(times.length).toBeGreaterThan(noiseMs / 10_000);
    // The noise was there: each act was done, and none of them was held up by another.
    for (const [act, outcomes] of Object.entries(noise)) expect({ act, ...outcomes }).not.toEqual({ act });
    expect((await engine()).pid).toBe(pidBefore);
    expect((await engine()).restarts).toBe(0);
    // Two projects want all that they get of the engine; each is to have about a half of its tokens.
    expect(localTokens["busy"]).toBeGreaterThan(0.7 * (localTokens["noisy"] ?? 0));
    expect(residentMax).toBeLessThan(residentMaxBytes);
  },
  noiseMs + 120_000,
);

/** Bodies and answers may take 1 GiB each at their bounds. */
const residentMaxBytes = 2.5 * 2 ** 30;

function describe(tallies: readonly QuietTally[]): string {
  const all: Record<string, number[]> = {};
  for (const { latenciesMs } of tallies)
    for (const [name, times] of Object.entries(latenciesMs)) (all[name] ??= []).push(...times);
  return Object.entries(all)
    .map(([name, times]) => {
      const sorted = times.toSorted((a, b) => a - b);
      const at = (part: number) => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);
      return `${name}: ${times.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
    })
    .join("; ");
}

/** What the local model has written, by project. */
async function countLocalTokens(): Promise<Record<string, number>> {
  const tokens: Record<string, number> = {};
  for (const { project, model, tokens: used } of await sahab.records())
    if (model === "nano") tokens[project] = (tokens[project] ?? 0) + used.output;
  return tokens;
}

async function engine(): Promise<EngineStatus> {
  const { engines } = await sahab.adminJson<{ engines: EngineStatus[] }>("/ps");
  const [found] = engines;
  if (!found) throw new Error("no engine runs");
  return found;
}
