import { availableParallelism } from "node:os";
import type { Token } from "node-llama-cpp";
import type { StepThreads, Tuning } from "../protocol.ts";
import type { AddonContext } from "./llama/addon.ts";
import type { Batcher } from "./llama/batcher.ts";
import type { Sequence } from "./llama/sequence.ts";

interface Deps {
  context: AddonContext;
  batcher: Batcher;
  sequences: readonly Sequence[];
  contextTokens: number;
  /** Recurrent models cannot take back a token, and are measured in an empty sequence only. */
  canTakeBack: boolean;
}

/** Tokens of a step of each kind. */
const sampleTokens: StepThreads = { one: 1, several: 8, prompt: 64 };
/** A step that takes longer with one thread is measured once, and one with more tokens is not. */
const sampleMsMax = 100;
const samplesMax = 7;
/** All steps with one number of threads together take about this long at most. */
const samplesMsMax = 500;
/** A step this many times as long as another of its kind shows that the machine did something else meanwhile. */
const unsteadyFactor = 4;
/** More threads are chosen only when they are faster by this factor: fewer leave more of the machine to other work. */
const gainWanted = 1.1;
/** With all cores, workers that spin stand in the way of the rest of the program. */
const gainWantedOfAll = 1.25;
/** Far slower: still more threads will not be faster. */
const hopeless = 0.5;
/** So slow that the kernel leaves workers on one core; then they are slow at steps of all sizes. */
const onOneCore = 0.1;
/** How long a measurement waits for a moment without requests, and all for a sequence with room. */
const quietWaitMs = 2_000;
const giveUpMs = 60_000;
/** Below, a token takes less time than it takes threads to meet. */
const smallModelBytes = 64 * 1024 ** 2;

/** What is used until it has been measured: few threads are never bad by much, and many can be by orders of magnitude. */
export function guessThreads(modelBytes: number): StepThreads {
  const threads = modelBytes < smallModelBytes ? 1 : Math.max(1, availableParallelism() - 1);
  return { one: threads, several: threads, prompt: threads };
}

/**
 * Measures how many threads are best for steps of one token, several, and many, each step between those of requests. llama.cpp's workers
 * spin while they wait for each other. On a small or busy machine more of them are therefore slower by orders of magnitude (2 cores, a tiny
 * model: 0.1 s with one thread, 3.3 s with two, 94 s with the default while other work ran), and no fixed rule is safe.
 * What counts is the middle of several steps: where the kernel puts two workers on one core, a step takes a hundred times as long, and where that
 * happens often, one thread is better. Undefined where requests left no sequence to measure in.
 */
export async function measureThreads(deps: Deps): Promise<Measured | undefined> {
  const startMs = performance.now();
  const threads: StepThreads = { one: 1, several: 1, prompt: 1 };
  const tokensPerS: Tuning["tokensPerS"] = { one: {}, several: {}, prompt: {} };
  let isSlow = false;
  let isSteady = true;
  let most = availableParallelism();
  for (const kind of ["one", "several", "prompt"] as const) {
    if (isSlow) {
      threads[kind] = threads[kind === "prompt" ? "several" : "one"];
      continue;
    }
    for (const candidate of threadCandidates(most)) {
      const tokens = sampleTokens[kind];
      const times = await timeSteps(deps, { threads: candidate, tokens, giveUpAtMs: startMs + giveUpMs });
      if (!times) return undefined;
      const middle = times[Math.floor(times.length / 2)] ?? 0;
      isSteady &&= (times.at(-1) ?? 0) < (times[0] ?? 0) * unsteadyFactor;
      const speed = Math.round((tokens * 1000) / middle);
      tokensPerS[kind][candidate] = speed;
      if (candidate === 1) isSlow = middle > sampleMsMax;
      const best = tokensPerS[kind][threads[kind]] ?? speed;
      const gain = candidate === availableParallelism() ? gainWantedOfAll : gainWanted;
      if (speed > best * gain) threads[kind] = candidate;
      if (speed < best * onOneCore) most = threads[kind];
      if (speed < best * hopeless) break;
    }
  }
  return { threads, tokensPerS, tuneMs: Math.round(performance.now() - startMs), isSteady };
}

interface Measured {
  threads: StepThreads;
  tokensPerS: Tuning["tokensPerS"];
  tuneMs: number;
  /** Nothing came between, so that it may be remembered. */
  isSteady: boolean;
}

/** 1, 2, 4 … up to the most. */
function threadCandidates(most: number): number[] {
  const candidates: number[] = [];
  for (let threads = 1; threads < most; threads *= 2) candidates.push(threads);
  return [...candidates, most];
}

/** In milliseconds, rising. The first step prepares llama.cpp for steps of this size, and does not count. */
async function timeSteps(
  { batcher, context, sequences, contextTokens, canTakeBack }: Deps,
  { threads, tokens, giveUpAtMs }: { threads: number; tokens: number; giveUpAtMs: number },
): Promise<number[] | undefined> {
  const times: number[] = [];
  let spentMs = 0;
  while (times.length <= samplesMax && (times.length < 2 || spentMs < samplesMsMax)) {
    await quiet(batcher);
    const ms = await batcher.exclusive(async () => {
      // What it holds stays: the step goes after it and is taken back.
      const roomMin = canTakeBack ? tokens : contextTokens;
      const sequence = shortest(sequences.filter(({ length }) => contextTokens - length >= roomMin));
      return sequence && (await timeStep(context, sequence, { threads, tokens }));
    });
    if (ms === undefined) {
      if (performance.now() > giveUpAtMs) return undefined;
      await Bun.sleep(100);
      continue;
    }
    times.push(ms);
    spentMs += ms;
    if (threads === 1 && ms > sampleMsMax) return times.slice(-1);
  }
  return times.slice(1).sort((a, b) => a - b);
}

async function timeStep(
  context: AddonContext,
  sequence: Sequence,
  { threads, tokens }: { threads: number; tokens: number },
): Promise<number> {
  context.setThreads(threads);
  context.initBatch(tokens);
  // Which tokens they are does not matter; the first ones are there in every vocabulary.
  const ids = Uint32Array.from({ length: tokens }, (_, index) => index % 2) as Uint32Array & ArrayLike<Token>;
  context.addToBatch(sequence.id, sequence.length, ids, Uint32Array.of(tokens - 1));
  const startMs = performance.now();
  try {
    await context.decodeBatch();
    return performance.now() - startMs;
  } finally {
    sequence.takeBack();
  }
}

function shortest(sequences: readonly Sequence[]): Sequence | undefined {
  return sequences.reduce<Sequence | undefined>(
    (best, one) => (best && best.length < one.length ? best : one),
    undefined,
  );
}

async function quiet(batcher: Batcher): Promise<void> {
  const deadlineMs = performance.now() + quietWaitMs;
  while (!batcher.isIdle && performance.now() < deadlineMs) await Bun.sleep(20);
}
