import type { SequenceEvaluateOptions, Token } from "node-llama-cpp";
import { movableSequence } from "./movable-sequence.ts";
import type { Pause } from "./pause.ts";
import type { SlotLease } from "./slots.ts";

/** What a generated token costs, in tokens of a prompt: about the ratio of their usual prices. */
const generatedTokenCost = 4;

interface GenerateOptions {
  lease: SlotLease;
  /** The prompt, and what has been generated since. What the slot holds of it already is not evaluated again. */
  tokens(): Token[];
  evaluate: SequenceEvaluateOptions;
  withProbabilities: boolean;
  /** How many tokens of the prompt are evaluated before the signal is checked again. */
  chunkTokens: number;
  signal: AbortSignal;
  /** False ends the generation; a list takes the token's place in what the model has written. */
  onToken(token: Token, probabilities: Map<Token, number> | undefined): boolean | Token[];
}

/**
 * Evaluates a prompt and generates tokens. Calls `onToken` for each of them, until it returns false or the signal aborts.
 * A token that is being evaluated when the signal aborts is discarded. Between two tokens, and between the pieces of a prompt,
 * the answer may have to yield its slot; it then goes on where it was.
 */
export async function generate(pause: Pause, options: GenerateOptions): Promise<void> {
  const { lease, signal } = options;
  let next = await readAllButLast(pause, options);
  if (!next) return;
  const iterator = movableSequence(() => lease.sequence).evaluateWithMetadata(
    next,
    { probabilities: options.withProbabilities },
    { ...options.evaluate, yieldEogToken: true },
  );
  try {
    for (;;) {
      if (pause.waiting) await pause.waiting;
      if (signal.aborted) return;
      // The first call does not read its argument: the generator has these tokens already.
      const result = await iterator.next(next);
      lease.step(generatedTokenCost + (next ? next.length - 1 : 0));
      if (result.done || signal.aborted) return;
      const { token, probabilities } = result.value as { token: Token; probabilities?: Map<Token, number> };
      const goesOn = options.onToken(token, probabilities);
      if (goesOn === false) return;
      next = goesOn === true ? undefined : goesOn;
      if (!lease.mustYield) continue;
      next = await readAllButLast(pause, options);
      if (!next) return;
    }
  } finally {
    await iterator.return();
  }
}

/**
 * Evaluates the tokens that the slot does not hold yet, but for the last piece, which it returns; undefined when the signal
 * aborts. They are evaluated in pieces, so that the slot of a caller who leaves is free after the current piece.
 */
async function readAllButLast(
  pause: Pause,
  { lease, signal, tokens, chunkTokens }: GenerateOptions,
): Promise<Token[] | undefined> {
  const all = tokens();
  for (;;) {
    if (signal.aborted) return undefined;
    if (lease.mustYield && !(await lease.yield(all))) return undefined;
    const { sequence } = lease;
    const at = sequence.nextTokenIndex;
    // Pieces end at multiples of the batch size, because llama.cpp attends over the context rounded up to 256 cells. With one
    // token cached, an unaligned batch of 512 attends over 768 cells instead of 512 (measured: 53 ms instead of 43 for 600 tokens).
    const end = at + chunkTokens - (at % chunkTokens);
    if (all.length <= end) return all.slice(at);
    if (pause.waiting) await pause.waiting;
    if (signal.aborted) return undefined;
    await sequence.evaluateWithoutGeneratingNewTokens(all.slice(at, end));
    lease.step(end - at);
  }
}
