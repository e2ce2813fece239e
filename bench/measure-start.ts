import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { makeOutFolder } from "./out-folder.ts";
import { number, say, table, type Finding } from "./report.ts";
import { median } from "./statistics.ts";

/** One start on an empty data folder; milliseconds since the command was run. */
export interface StartTimes {
  readyMs: number;
  firstTokenMs: number;
}

const goalMs = 3_000;
const patienceMs = 60_000;

/** How long a first start with `node bin/sahab.mjs up` takes: until ready, and until nano's first token. */
export async function measureStart(tree: string, rounds: number): Promise<{ raw: StartTimes[]; findings: Finding[] }> {
  const raw: StartTimes[] = [];
  for (let i = 0; i < rounds; i++) raw.push(await startOnce(tree));
  say(
    table(
      ["start", "ready, ms", "first token, ms"],
      raw.map((times, index) => [String(index + 1), number(times.readyMs), number(times.firstTokenMs)]),
    ),
  );
  const ready = median(raw.map((times) => times.readyMs));
  return {
    raw,
    findings: [
      {
        what: "Sahab: first start until /readyz answers",
        value: `${number(ready)} ms`,
        goal: `at most ${number(goalMs)} ms`,
        met: ready <= goalMs,
      },
      {
        what: "Sahab: first start until the first token of nano",
        value: `${number(median(raw.map((times) => times.firstTokenMs)))} ms`,
      },
    ],
  };
}

async function startOnce(tree: string): Promise<StartTimes> {
  const folder = makeOutFolder("data");
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const startedMs = performance.now();
  const child = Bun.spawn(["node", join(tree, "bin", "sahab.mjs"), "up"], {
    env: {
      ...process.env,
      SAHAB_DATA: folder.path,
      SAHAB_PORT: String(port),
      SAHAB_ADMIN_KEY: "start-benchmark-key",
      SAHAB_LOG: "warn",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    while (!(await fetch(`${address}/readyz`).catch(() => undefined))?.ok) {
      if (performance.now() - startedMs > patienceMs) throw new Error(`not ready within ${patienceMs / 1000} s`);
      await Bun.sleep(5);
    }
    const readyMs = performance.now() - startedMs;
    const response = await fetch(`${address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer start-benchmark-key" },
      body: JSON.stringify({
        model: "nano",
        stream: true,
        max_tokens: 8,
        messages: [{ role: "user", content: "Hello" }],
      }),
    });
    let firstTokenMs = Number.NaN;
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      if (Number.isNaN(firstTokenMs) && /"content":"[^"]/.test(decoder.decode(chunk))) {
        firstTokenMs = performance.now() - startedMs;
      }
    }
    return { readyMs, firstTokenMs };
  } finally {
    child.kill("SIGTERM");
    await child.exited;
    folder.remove();
  }
}
