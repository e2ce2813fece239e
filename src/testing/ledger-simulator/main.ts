// `npm run sim -- [--seeds N] [--seed S] [--minutes M]`: lets processes share budgets in virtual time, with crashes and lost messages.
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { simulateMinutes } from "./simulate-minutes.ts";
import { simulate, type Found } from "./simulate.ts";

/** Processors of a small machine; more would only warm a large one. */
const workerCount = 2;
const turnSeeds = 50;
const failuresMax = 5;

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { seeds: { type: "string" }, seed: { type: "string" }, minutes: { type: "string" } },
});
const read = (name: "seeds" | "seed" | "minutes", usual: number): number => {
  const value = Number(values[name] ?? usual);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} is "${values[name]}"; a number is allowed`);
};

if (values.seed !== undefined && values.seeds === undefined) {
  const seed = read("seed", 0);
  const found = simulate(seed);
  console.log(JSON.stringify(found.counts));
  report(found);
} else await runAll();

async function runAll(): Promise<void> {
  const first = read("seed", 1);
  const seeds = read("seeds", values.minutes === undefined ? 10_000 : Number.MAX_SAFE_INTEGER);
  const startedMs = performance.now();
  const endMs = startedMs + read("minutes", 1e6) * 60_000;
  let next = first;
  let done = 0;
  let failures = 0;
  const totals: Record<string, number> = {};
  const isOver = () => next >= first + seeds || performance.now() >= endMs || failures >= failuresMax;
  await Promise.all(
    Array.from({ length: workerCount }, async () => {
      const worker = new Worker(new URL("worker.ts", import.meta.url));
      while (!isOver()) {
        const count = Math.min(turnSeeds, first + seeds - next);
        const asked = { from: next, count };
        next += count;
        const results = await new Promise<Found[]>((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; a thread has no origin
          worker.postMessage(asked);
        });
        worker.removeAllListeners("error");
        for (const found of results) {
          done++;
          for (const [name, count] of Object.entries(found.counts)) totals[name] = (totals[name] ?? 0) + count;
          if (!found.failure) continue;
          failures++;
          report(found);
        }
        if (done % 1_000 < turnSeeds) console.log(`${done} seeds, ${failures} failed`);
      }
      await worker.terminate();
    }),
  );
  const minutes = simulateMinutes(first);
  const part = `${(minutes.part * 100).toFixed(1)} % of a tokens-per-minute limit used over ten minutes`;
  console.log(`${minutes.part < 0.95 ? "FAILED: " : ""}${part}`);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  console.log(`${done} seeds from ${first} on in ${seconds} s, ${failures} failed: ${JSON.stringify(totals)}`);
  if (failures > 0 || minutes.part < 0.95) process.exitCode = 1;
}

function report({ seed, failure }: Found): void {
  if (!failure) return;
  process.exitCode = 1;
  console.log(`\nseed ${seed}: ${failure.message}\n  ${failure.lastEvents.join("\n  ")}`);
  console.log(`again: npm run sim -- --seed ${seed}`);
}
