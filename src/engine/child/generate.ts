import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from "node-llama-cpp";
import type { Pause } from "./pause.ts";

interface GenerateOptions {
  sequence: LlamaContextSequence;
  /** The whole prompt. The part that the sequence holds already is not evaluated again. */
  prompt: readonly Token[];
  evaluate: SequenceEvaluateOptions;
  withProbabilities: boolean;
  /** How many tokens of the prompt are evaluated before the signal is checked again. */
  chunkTokens: number;
  signal: AbortSignal;
  /** Called after each piece of the prompt and each token. */
  onStep(): void;
  /** False ends the generation; a list takes the token's place in what the model has written. */
  onToken(token: Token, probabilities: Map<Token, number> | undefined): boolean | Token[];
}

/**
 * Evaluates a prompt and generates tokens. Calls `onToken` for each of them, until it returns false or the signal aborts.
 * A token that is being evaluated when the signal aborts is discarded.
 */
export async function generate(pause: Pause, options: GenerateOptions): Promise<void> {
  const { sequence, prompt, signal } = options;
  // A long prompt is evaluated in pieces, so that the slot of a caller who leaves is free after the current piece.
  for (;;) {
    const next = sequence.nextTokenIndex;
    // Pieces end at multiples of the batch size, because llama.cpp attends over the context rounded up to 256 cells. With one
    // token cached, an unaligned batch of 512 attends over 768 cells instead of 512 (measured: 53 ms instead of 43 for 600 tokens).
    const end = next + options.chunkTokens - (next % options.chunkTokens);
    if (prompt.length <= end) break;
    if (pause.waiting) await pause.waiting;
    if (signal.aborted) return;
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(next, end));
    options.onStep();
  }
  if (signal.aborted) return;
  const rest = prompt.slice(sequence.nextTokenIndex);
  const iterator = sequence.evaluateWithMetadata(
    rest,
    { probabilities: options.withProbabilities },
    { ...options.evaluate, yieldEogToken: true },
  );
  try {
    let instead: Token[] | undefined;
    for (;;) {
      if (pause.waiting) await pause.waiting;
      if (signal.aborted) return;
      const next = await iterator.next(instead);
      options.onStep();
      if (next.done || signal.aborted) return;
      const { token, probabilities } = next.value as { token: Token; probabilities?: Map<Token, number> };
      const goesOn = options.onToken(token, probabilities);
      if (goesOn === false) return;
      instead = goesOn === true ? undefined : goesOn;
    }
  } finally {
    await iterator.return();
  }
}
