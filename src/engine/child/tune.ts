import { availableParallelism } from "node:os";
import type { Llama, LlamaModel, Token } from "node-llama-cpp";
import type { Tuning } from "../protocol.ts";

interface TuneOptions {
  contextTokens: number;
  /** Given values are taken and not measured. */
  threads: number | null;
  batchTokens: number | null;
}

/** The whole of the measuring takes about this long at most, however large the model. */
const budgetMs = 3_000;
/** One measurement stops after so long, once it has at least a token. */
const sampleMs = 120;
const sampleTokens = 24;
const batchCandidates = [512, 128];
/** Fewer threads win unless more are better by this much: they leave room for the rest of the machine. */
const gainWanted = 1.1;

/**
 * Chooses threads and batch size by measuring them. llama.cpp's worker threads spin while they wait for each other, so on a small
 * or busy machine more threads are slower by orders of magnitude (2 cores, a tiny model: 0.1 s with one thread, 3.3 s with two,
 * 94 s with the default while something else ran), and no rule of thumb is safe.
 */
export async function tune(llama: Llama, model: LlamaModel, options: TuneOptions): Promise<Tuning> {
  const startMs = performance.now();
  const decodeTokensPerS: Record<number, number> = {};
  const promptTokensPerS: Record<number, number> = {};
  const timeLeft = () => performance.now() - startMs < budgetMs;

  let threads = options.threads ?? 1;
  if (options.threads === null && llama.gpu === false) {
    for (const candidate of threadCandidates()) {
      if (candidate > 1 && !timeLeft()) break;
      const speed = await measureDecode(model, candidate);
      decodeTokensPerS[candidate] = speed;
      if (speed > (decodeTokensPerS[threads] ?? 0) * (candidate === threads ? 1 : gainWanted)) threads = candidate;
      // Twice the threads and much slower: more will not be better.
      else if (speed < (decodeTokensPerS[threads] ?? 0) * 0.7) break;
    }
  }
  const batchMax = Math.max(32, Math.min(512, options.contextTokens));
  let batchTokens = options.batchTokens ?? batchMax;
  if (options.batchTokens === null && llama.gpu === false) {
    for (const candidate of batchCandidates) {
      if (candidate > batchMax || !timeLeft()) continue;
      const speed = await measurePrompt(model, threads, candidate);
      promptTokensPerS[candidate] = speed;
      if (speed > (promptTokensPerS[batchTokens] ?? 0) * (candidate === batchTokens ? 1 : gainWanted))
        batchTokens = candidate;
    }
  }
  return {
    threads,
    batchTokens,
    gpu: llama.gpu,
    decodeTokensPerS,
    promptTokensPerS,
    tuneMs: Math.round(performance.now() - startMs),
  };
}

/** 1, 2, 4 … up to the cores, less one that is left to the rest of the program. */
function threadCandidates(): number[] {
  const most = Math.max(1, availableParallelism() - 1);
  const candidates: number[] = [];
  for (let threads = 1; threads < most; threads *= 2) candidates.push(threads);
  return [...candidates, most];
}

async function measureDecode(model: LlamaModel, threads: number): Promise<number> {
  const context = await model.createContext({ contextSize: 256, sequences: 1, batchSize: 32, threads });
  try {
    const sequence = context.getSequence();
    const iterator = sequence.evaluate([sampleToken(model)], { temperature: 0, yieldEogToken: true });
    await iterator.next();
    const startMs = performance.now();
    let tokens = 0;
    while (tokens < sampleTokens && performance.now() - startMs < sampleMs) {
      await iterator.next();
      tokens++;
    }
    const speed = (tokens * 1000) / (performance.now() - startMs);
    await iterator.return();
    return Math.round(speed);
  } finally {
    await context.dispose();
  }
}

async function measurePrompt(model: LlamaModel, threads: number, batchSize: number): Promise<number> {
  const context = await model.createContext({ contextSize: 768, sequences: 1, batchSize, threads });
  try {
    const sequence = context.getSequence();
    const token = sampleToken(model);
    await sequence.evaluateWithoutGeneratingNewTokens([token, token]);
    const startMs = performance.now();
    let tokens = 0;
    // Pieces as large as the batch, so that a large model is not held up by more than one.
    while (tokens < 512 && (tokens === 0 || performance.now() - startMs < sampleMs)) {
      await sequence.evaluateWithoutGeneratingNewTokens(Array.from({ length: batchSize }, () => token));
      tokens += batchSize;
    }
    return Math.round((tokens * 1000) / (performance.now() - startMs));
  } finally {
    await context.dispose();
  }
}

function sampleToken(model: LlamaModel): Token {
  return model.tokenize("a", false)[0] ?? model.tokens.bos ?? (0 as Token);
}
