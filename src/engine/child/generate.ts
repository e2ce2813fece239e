import type { Token } from "node-llama-cpp";
import type { Batcher } from "./llama/batcher.ts";
import type { Sampler } from "./llama/sampler.ts";
import { draftFrom, type NgramOptions } from "./ngram-draft.ts";
import type { SlotLease } from "./slots.ts";

/** What a generated token costs, in tokens of a prompt: about the ratio of their usual prices. */
const generatedTokenCost = 4;

interface GenerateOptions {
  lease: SlotLease;
  sampler: Sampler;
  /** The prompt, and what has been generated since. What the slot holds of it already is not evaluated again. */
  tokens(): Token[];
  withProbabilities: boolean;
  /** Guesses what comes next from what the answer and its prompt have repeated; undefined where that is not asked for. */
  ngrams: NgramOptions | undefined;
  signal: AbortSignal;
  /** Undefined ends the answer; else the tokens that it goes on with. */
  onToken(token: Token, probabilities: Map<Token, number> | undefined): readonly Token[] | undefined;
}

/**
 * Evaluates a prompt and generates tokens, until `onToken` ends the answer or the signal aborts; a token that is being evaluated then
 * is discarded. Between two tokens, and between the pieces of a prompt, the answer may have to yield its slot; it then goes on
 * where it was.
 */
export async function generate(batcher: Batcher, options: GenerateOptions): Promise<void> {
  const { lease, sampler, signal, withProbabilities, ngrams } = options;
  for (;;) {
    const tokens = options.tokens();
    if (lease.mustYield && !(await lease.yield(tokens))) return;
    if (signal.aborted) return;
    const { sequence } = lease;
    const hasEnded = await batcher.run({
      sequence,
      tokens: tokens.slice(sequence.length),
      sampler,
      withProbabilities,
      mayGoOn: () => !signal.aborted && !lease.mustYield,
      onStep: (evaluated, isSampled) => lease.step(isSampled ? generatedTokenCost + evaluated - 1 : evaluated),
      ...(ngrams && { draft: () => draftFrom(tokens, ngrams) }),
      onToken(token, probabilities) {
        const next = signal.aborted ? undefined : options.onToken(token, probabilities);
        if (ngrams && next) tokens.push(...next);
        return next;
      },
    });
    if (hasEnded) return;
  }
}
