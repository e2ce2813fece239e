import type { Measured } from "./lineup.ts";
import { number, say, table, type Finding } from "./report.ts";
import { median } from "./statistics.ts";
import { chat, startFakeVendor } from "../src/testing/fake-vendor.ts";
import { noisyConfig, prepareProjects } from "../src/testing/noisy/noisy-config.ts";
import { askQuietly, type Question } from "../src/testing/noisy/quiet-client.ts";
import { startNoisyNeighbour, type NoisyNeighbour } from "../src/testing/noisy/start-noise.ts";
import { runSahab, type TestSahab } from "../src/testing/run-sahab.ts";

/** What the worst of neighbours may add to the p99 of another project's requests to a vendor. */
const goalMs = 50;
const clients = 4;
const ofVendor: Question[] = [
  { name: "chat", path: "/v1/chat/completions", stream: true, maxTokens: 8 },
  { name: "messages", path: "/v1/messages", stream: true, maxTokens: 8 },
];
const local: Question = { name: "local", path: "/v1/chat/completions", stream: true, maxTokens: 8 };

interface Phase {
  vendorMs: number[];
  localMs: number[];
  failures: string[];
}

/** Measures a quiet project alone, and beside a project that sends everything hostile at once. */
export async function measureNeighbours(quick: boolean): Promise<Measured> {
  say("\n== A quiet project beside a hostile one");
  const good = startFakeVendor({ quick: chat(["a ", "b ", "c "]) });
  const raw: { quiet: Phase; noisy: Phase }[] = [];
  try {
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const neighbour = await startNoisyNeighbour();
      const sahab = await runSahab({ config: noisyConfig({ goodUrl: good.url, ...neighbour }) });
      try {
        raw.push(await measureRound(sahab, neighbour, quick ? 15_000 : 30_000));
      } finally {
        await sahab.close();
        await neighbour.stop();
      }
    }
  } finally {
    await good.stop();
  }
  return { raw, findings: report(raw) };
}

async function measureRound(sahab: TestSahab, neighbour: NoisyNeighbour, durationMs: number) {
  const { keys, target } = await prepareProjects(sahab);
  const { calm } = keys;
  await measurePhase(sahab, calm, Bun.sleep(2_000));
  const quiet = await measurePhase(sahab, calm, Bun.sleep(durationMs / 2));
  const noisy = await measurePhase(sahab, calm, neighbour.makeNoise({ target, durationMs }));
  return { quiet, noisy };
}

async function measurePhase({ address }: TestSahab, key: string, until: Promise<unknown>): Promise<Phase> {
  const over = new AbortController();
  const asking = [
    ...Array.from({ length: clients }, () =>
      askQuietly({ address, key, model: "quick" }, ofVendor, { pauseMs: 10, signal: over.signal }),
    ),
    askQuietly({ address, key, model: "nano" }, [local], { pauseMs: 50, signal: over.signal }),
  ];
  await until;
  over.abort();
  const tallies = await Promise.all(asking);
  const times = (names: string[]) =>
    tallies.flatMap(({ latenciesMs }) => names.flatMap((name) => latenciesMs[name] ?? []));
  return {
    vendorMs: times(ofVendor.map(({ name }) => name)),
    localMs: times([local.name]),
    failures: tallies.flatMap(({ failures }) => failures),
  };
}

function report(rounds: readonly { quiet: Phase; noisy: Phase }[]): Finding[] {
  const p99 = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
  const cell = (values: readonly number[]) =>
    `${number(median([...values]), 1)} / ${number(p99(values), 1)} (${values.length})`;
  say(
    table(
      ["round", "vendor, alone", "vendor, beside it", "local, alone", "local, beside it", "failed"],
      rounds.map(({ quiet, noisy }, index) => [
        String(index + 1),
        cell(quiet.vendorMs),
        cell(noisy.vendorMs),
        cell(quiet.localMs),
        cell(noisy.localMs),
        String(quiet.failures.length + noisy.failures.length),
      ]),
    ),
  );
  say("p50 / p99 in ms (requests)");
  const failures = rounds.flatMap(({ quiet, noisy }) => [...quiet.failures, ...noisy.failures]);
  for (const failure of failures.slice(0, 5)) say(failure);
  const longer = median(rounds.map(({ quiet, noisy }) => p99(noisy.vendorMs) - p99(quiet.vendorMs)));
  const both = (key: "vendorMs" | "localMs") =>
    `${number(median(rounds.map(({ quiet }) => p99(quiet[key]))), 1)} → ${number(median(rounds.map(({ noisy }) => p99(noisy[key]))), 1)} ms`;
  return [
    {
      what: "A project's requests to a vendor, alone → beside a hostile project, p99",
      value: both("vendorMs"),
      goal: `at most ${goalMs} ms longer`,
      met: longer <= goalMs,
    },
    { what: "A project's requests to a local model, alone → beside a hostile project, p99", value: both("localMs") },
    {
      what: "Requests of the quiet project that failed",
      value: number(failures.length),
      goal: "none",
      met: failures.length === 0,
    },
  ];
}
