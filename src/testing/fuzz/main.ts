// `npm run fuzz -- [TARGET …] [--inputs N] [--minutes M] [--seed S]`: reads made-up inputs, and keeps those that fail.
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { keepFinding } from "./findings.ts";
import { makeInput } from "./make-input.ts";
import { processorMs, type Finding } from "./run-inputs.ts";
import { targets } from "./targets/index.ts";
import type { WorkerOrders } from "./worker.ts";

/** An input that takes more of the processor is one that hangs; a busy machine may take a minute to start a thread. */
const hangProcessorMs = 20_000;
/** One that waits for what never comes takes none of it. */
const hangWaitMs = 600_000;
/** Inputs of one target before the next one has its turn. */
const turnInputs = 20_000;
const findingsMax = 5;
/** A line is printed after so many. */
const progressInputs = 200_000;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { inputs: { type: "string" }, minutes: { type: "string" }, seed: { type: "string" } },
});
const read = (name: "inputs" | "minutes" | "seed", usual: number): number => {
  const value = Number(values[name] ?? usual);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} is "${values[name]}"; a number is allowed`);
};
const unknown = positionals.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(`There is no target ${unknown.join(", ")}; there are: ${targets.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const chosen = targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const inputs = read("inputs", values.minutes === undefined ? 100_000 : Number.MAX_SAFE_INTEGER);
const endMs = performance.now() + read("minutes", 1e6) * 60_000;
const seed = read("seed", Math.floor(Math.random() * 2 ** 31));
console.log(
  `seed ${seed}; ${inputs === Number.MAX_SAFE_INTEGER ? "as many" : inputs} inputs for each of ${chosen.length} targets`,
);

const done = new Map<string, number>();
let found = 0;
for (let from = 0; from < inputs && performance.now() < endMs; from += turnInputs) {
  for (const { name } of chosen) {
    if (performance.now() >= endMs) break;
    const count = Math.min(turnInputs, inputs - from);
    const findings = await runTurn(name, from, count);
    done.set(name, from + count);
    for (const { problem, input, index } of findings) {
      found++;
      console.log(`\n${name}, input ${index}: ${problem}\n  ${JSON.stringify(input.toString("latin1").slice(0, 400))}`);
      console.log(`  kept in ${keepFinding(name, input)}`);
    }
  }
  if (from % progressInputs === 0 && from > 0) console.log(`${from} of each, ${found} found`);
}
const total = [...done.values()].reduce((sum, count) => sum + count, 0);
console.log(`\n${total} inputs: ${[...done].map(([name, count]) => `${name} ${count}`).join(", ")}`);
console.log(found === 0 ? "nothing found" : `${found} found`);
process.exit(found === 0 ? 0 : 1);

/** Runs a turn in a thread, and past an input that hangs. */
async function runTurn(name: string, from: number, count: number): Promise<Finding[]> {
  const target = targets.find((candidate) => candidate.name === name);
  if (!target) return [];
  const present = new SharedArrayBuffer(8);
  const index = new Float64Array(present);
  index[0] = from;
  const workerData: WorkerOrders = { target: name, seed, from, inputs: count, findingsMax, present };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
  const { promise, resolve, reject } = Promise.withResolvers<Finding[] | "hangs">();
  worker.on("message", (findings: Finding[]) =>
    resolve(findings.map((one) => ({ ...one, input: Buffer.from(one.input) }))),
  );
  worker.on("error", reject);
  let last = -1;
  let sinceMs = performance.now();
  let sinceProcessorMs = processorMs();
  const watch = setInterval(() => {
    if (index[0] !== last) {
      last = index[0] ?? 0;
      sinceMs = performance.now();
      sinceProcessorMs = processorMs();
    } else if (processorMs() - sinceProcessorMs > hangProcessorMs || performance.now() - sinceMs > hangWaitMs)
      resolve("hangs");
  }, 500);
  const result = await promise;
  clearInterval(watch);
  await worker.terminate();
  if (result !== "hangs") return result;
  const problem = `it hangs, or takes more than ${hangProcessorMs / 1000} s of the processor`;
  const rest = count - (last + 1 - from);
  const others = rest > 0 ? await runTurn(name, last + 1, rest) : [];
  return [{ target: name, index: last, problem, input: makeInput(target, seed, last).input }, ...others];
}
