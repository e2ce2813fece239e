// Tokens per second through Sahab's engine (child process, socket, EngineClient), compared with node-llama-cpp used directly in one process.
// Both sides have the same file, threads, batch, slots and sampling; each run of the direct side is a fresh process; runs alternate.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Token } from "node-llama-cpp";
import type { ChatEvent, CompletionRequest } from "../src/call/index.ts";
import { Engine, EngineClient } from "../src/engine/index.ts";
import { writeRandomModel, type RandomModelOptions } from "../src/testing/gguf/random-model.ts";

interface Workload {
  file: string;
  threads: number;
  batchTokens: number;
  slots: number;
  contextTokens: number;
  concurrency: number;
  answerTokens: number;
  promptTokens: number;
}

interface Speeds {
  answerTokensPerS: number;
  promptTokensPerS: number;
}

export interface EngineRow {
  model: string;
  concurrency: number;
  measure: "answer tokens/s" | "prompt tokens/s";
  engine: number;
  direct: number;
  /** Of the medians. */
  ratio: number;
  /** Of the best runs: other work on the machine can only slow a run. */
  bestRatio: number;
  engineRaw: number[];
  directRaw: number[];
}

interface BenchModel {
  name: string;
  options: RandomModelOptions;
  answerTokens: number;
  promptTokens: number;
}

const slots = 16;
const contextTokens = 1024;
const rounds = 7;
const concurrencies = [1, 4, 16];
const models: BenchModel[] = [
  // All overhead: a token of it takes half a millisecond.
  { name: "deepseek2, 0.2 M weights", options: { architecture: "deepseek2" }, answerTokens: 400, promptTokens: 600 },
  {
    name: "llama, 24 M weights, Q8_0",
    options: { architecture: "llama", size: { hidden: 512, layers: 8, feedForward: 1536 }, weightType: "Q8_0" },
    answerTokens: 120,
    promptTokens: 400,
  },
];

/** Runs the comparison, which takes a minute or two. */
export async function benchEngine(print: (line: string) => void = () => undefined): Promise<EngineRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "sahab-bench-"));
  try {
    const rows: EngineRow[] = [];
    for (const model of models) rows.push(...(await benchModel(folder, model, print)));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchModel(folder: string, model: BenchModel, print: (line: string) => void): Promise<EngineRow[]> {
  const file = join(folder, "model.gguf");
  await writeRandomModel(file, model.options);
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object, message: string) => console.error(message, fields),
  };
  const engine = new Engine({ name: "bench", file, contextTokens, slots, socketPath: join(folder, "bench.sock"), log });
  engine.start();
  await engine.whenReady(60_000);
  const client = new EngineClient({ name: "bench", socketPath: engine.socketPath });
  try {
    const { tuning } = await engine.status();
    if (!tuning) throw new Error("a ready engine reports its tuning");
    print(`${model.name}: ${tuning.threads.one} thread(s), batch ${tuning.batchTokens}`);
    const rows: EngineRow[] = [];
    for (const concurrency of concurrencies) {
      const work: Workload = {
        ...model,
        file,
        threads: tuning.threads.one,
        batchTokens: tuning.batchTokens,
        slots,
        contextTokens,
        concurrency,
      };
      const engineRuns: Speeds[] = [];
      const directRuns: Speeds[] = [];
      for (let round = 0; round < rounds; round++) {
        const both = [
          async () => void engineRuns.push(await runEngine(client, work)),
          async () => void directRuns.push(await spawnDirect(work)),
        ];
        // Each round changes which side goes first, so that a machine that slows down favours neither.
        for (const run of round % 2 === 0 ? both : both.toReversed()) await run();
      }
      for (const measure of ["answer tokens/s", "prompt tokens/s"] as const) {
        const pick = (speeds: Speeds) =>
          Math.round(measure === "answer tokens/s" ? speeds.answerTokensPerS : speeds.promptTokensPerS);
        const engineRaw = engineRuns.map(pick);
        const directRaw = directRuns.map(pick);
        const row = {
          model: model.name,
          concurrency,
          measure,
          engine: median(engineRaw),
          direct: median(directRaw),
          ratio: 0,
          bestRatio: 0,
          engineRaw,
          directRaw,
        };
        row.ratio = Math.round((row.engine / row.direct) * 1000) / 1000;
        row.bestRatio = Math.round((Math.max(...engineRaw) / Math.max(...directRaw)) * 1000) / 1000;
        rows.push(row);
        print(
          `  ${String(concurrency).padStart(2)} at once, ${measure}: engine ${row.engine} [${engineRaw.join(" ")}], direct ${row.direct} [${directRaw.join(" ")}], ratio ${row.ratio.toFixed(3)}, of the best ${row.bestRatio.toFixed(3)}`,
        );
      }
    }
    return rows;
  } finally {
    client.close();
    await engine.stop({ graceMs: 0 });
  }
}

let salt = 0;

/** A prompt of exactly that many tokens, its begin token included, that shares no prefix with another. */
function promptIds(tokens: number): number[] {
  const seed = ++salt + process.pid * 1000;
  // Ids below 256 are bytes; these are the printable ones.
  return Array.from({ length: tokens - 1 }, (_, i) => 33 + ((seed * 31 + i * 7 + ((seed >> (i % 12)) & 7) * 13) % 90));
}

async function runEngine(client: EngineClient, work: Workload): Promise<Speeds> {
  const ask = async (prompt: number[], answerTokens: number) => {
    let tokens = 0;
    const request: CompletionRequest = {
      dialect: "openai-chat",
      model: "bench",
      prompts: [prompt],
      suffix: undefined,
      sampling: { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05, seed: ++salt },
      maxOutputTokens: answerTokens,
      stop: [],
      choiceCount: 1,
      topLogprobs: undefined,
      echo: false,
      stream: true,
      streamUsage: true,
      extensions: {},
    };
    for await (const events of client.complete(request, { signal: new AbortController().signal }))
      tokens += countTokens(events);
    return tokens;
  };
  return await measure(work, ask);
}

function countTokens(events: ChatEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === "usage" ? event.usage.outputTokens : 0), 0);
}

/** Measures either side: `ask` answers one prompt and returns how many tokens it generated. */
async function measure(
  work: Workload,
  ask: (prompt: number[], answerTokens: number) => Promise<number>,
): Promise<Speeds> {
  const all = (promptTokens: number, answerTokens: number) =>
    Promise.all(Array.from({ length: work.concurrency }, () => ask(promptIds(promptTokens), answerTokens)));
  await all(20, 20);
  let startMs = performance.now();
  const generated = (await all(20, work.answerTokens)).reduce((sum, tokens) => sum + tokens, 0);
  const answerTokensPerS = (generated * 1000) / (performance.now() - startMs);
  startMs = performance.now();
  await all(work.promptTokens, 1);
  return {
    answerTokensPerS,
    promptTokensPerS: (work.promptTokens * work.concurrency * 1000) / (performance.now() - startMs),
  };
}

async function spawnDirect(work: Workload): Promise<Speeds> {
  const child = Bun.spawn([process.execPath, import.meta.path, "--direct", JSON.stringify(work)], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("the direct side failed");
  return JSON.parse(text) as Speeds;
}

/** node-llama-cpp as its guide shows it: one sequence per answer, one token at a time, each turned into text. */
async function runDirect(work: Workload): Promise<Speeds> {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({ gpu: false, build: "never", maxThreads: 0, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath: work.file });
  const context = await model.createContext({
    contextSize: work.contextTokens,
    sequences: work.slots,
    batchSize: work.batchTokens,
    threads: work.threads,
  });
  const free = Array.from({ length: work.slots }, () => context.getSequence());
  return await measure(work, async (prompt, answerTokens) => {
    const sequence = free.pop();
    if (!sequence) throw new Error("more answers than slots");
    await sequence.clearHistory();
    const bos = model.tokens.bos;
    const tokens = (bos === null ? prompt : [bos, ...prompt]) as Token[];
    const options = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05, seed: ++salt };
    let count = 0;
    let text = "";
    for await (const token of sequence.evaluate(tokens, options)) {
      text += model.detokenize([token]);
      if (++count >= answerTokens) break;
    }
    free.push(sequence);
    if (text.length === 0 && answerTokens > 20) throw new Error("no text came");
    return count;
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

if (import.meta.main) {
  if (process.argv[2] === "--direct") {
    process.stdout.write(JSON.stringify(await runDirect(JSON.parse(process.argv[3] ?? "") as Workload)));
    process.exit(0);
  }
  const rows = await benchEngine((line) => console.log(line));
  const worst = (key: "ratio" | "bestRatio") => Math.min(...rows.map((row) => row[key])).toFixed(3);
  console.log(
    `worst ratio ${worst("ratio")} of medians, ${worst("bestRatio")} of best runs (at least 0.900 is wanted)`,
  );
}
