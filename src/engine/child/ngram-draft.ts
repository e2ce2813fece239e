import type { Token } from "node-llama-cpp";

export interface NgramOptions {
  /** Tokens that must have come before in the same order. */
  sizeN: number;
  /** Tokens that are proposed at most. */
  sizeM: number;
}

/** So many of the last tokens are searched: a few microseconds. */
const searchedTokensMax = 16_384;

/**
 * What followed the last time that the last tokens were written: a guess at what comes next, which the model checks in one step. Good where an
 * answer repeats its prompt, as in edits of code (llama-server's `ngram-simple`).
 */
export function draftFrom(tokens: readonly Token[], { sizeN, sizeM }: NgramOptions): readonly Token[] {
  const end = tokens.length;
  const first = Math.max(0, end - searchedTokensMax);
  for (let at = end - 1; at >= first + sizeN; at--) {
    // `at` would be the first token of the guess.
    let same = 0;
    while (same < sizeN && tokens[at - 1 - same] === tokens[end - 1 - same]) same++;
    if (same === sizeN) return tokens.slice(at, at + sizeM);
  }
  return [];
}
