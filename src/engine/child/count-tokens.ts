import { letOthersRun } from "./slices.ts";

interface CountOptions {
  tokenize(text: string): readonly unknown[];
  /** Counting stops beyond it. */
  tokensMax: number;
  signal: AbortSignal;
}

/**
 * How many tokens texts have, up to a few more than there are: long ones are counted in pieces, between which the streams of
 * others go on. llama.cpp takes 300 to 900 ms for a megabyte, and as long for many turns in a tenth of that.
 */
export async function countTokens(
  texts: readonly string[],
  { tokenize, tokensMax, signal }: CountOptions,
): Promise<{ count: number; pieces: number }> {
  let [count, pieces, charsSincePause] = [0, 0, 0];
  for (const text of texts) {
    for (let at = 0; at < text.length && count - pieces <= tokensMax;) {
      const end = endOfPiece(text, at);
      count += tokenize(text.slice(at, end)).length;
      pieces++;
      charsSincePause += end - at;
      at = end;
      if (charsSincePause < pieceChars) continue;
      charsSincePause = 0;
      await letOthersRun(signal);
    }
  }
  return { count, pieces };
}

/** Below this length a text is read at once, in about 10 ms. */
export const pieceChars = 16_384;
/** How far before the end of a piece a better place to cut is looked for. */
const searchedChars = 256;

/** Before white space, where words begin in most vocabularies; else anywhere but within a character. */
function endOfPiece(text: string, from: number): number {
  const end = from + pieceChars;
  if (end >= text.length) return text.length;
  const space = /\s\S*$/.exec(text.slice(end - searchedChars, end));
  if (space) return end - searchedChars + space.index;
  return /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
}
