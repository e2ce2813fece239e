import { availableParallelism } from "node:os";
import type { Llama, LlamaModel, Token } from "node-llama-cpp";
import type { Tuning } from "../protocol.ts";

interface TuneOptions {
  contextTokens: number;
  /** A given value is used and not measured. */
  threads: number | null;
  batchTokens: number | null;
}

/** All measurements together take at most about this long, even for a large model. */
const budgetMs = 3_000;
/** One measurement stops after this time, once it has at least one token. */
const sampleMs = 120;
const sampleTokens = 24;
const batchCandidates = [512, 128];
/** More threads are chosen only when they are faster by this factor: fewer leave more of the machine to other work. */
const gainWanted = 1.1;

/**
 * Chooses threads and batch size by measuring them. llama.cpp's worker threads spin while they wait for each other. On a small
 * or busy machine more threads are therefore slower by orders of magnitude (2 cores, a tiny model: 0.1 s with one thread,
 * 3.3 s with two, 94 s with the default while other work ran), and no fixed rule is safe.
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
      // Twice the threads were much slower, so still more will not be faster.
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

/** 1, 2, 4 … up to the number of cores minus one, which is left to the rest of the program. */
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
    // In pieces as large as the batch, so that a slow model evaluates only one of them.
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
