import { integerIn } from "./read.ts";

/** Ten times the longest context on sale. A count or a bound beyond it is an error, and would overflow sums. */
export const tokensMax = 100_000_000;

/** A client's bound for an answer. -1 is none, as llama.cpp and others have it; one beyond any model's is the model's to cut. */
export function asTokenLimit(value: unknown, path: string, min = 1): number | undefined {
  return value === -1 ? undefined : integerIn(min, Number.MAX_SAFE_INTEGER)(value, path);
}

/** A vendor's count; undefined where it can't be true, so that garbage is never billed. */
export function readTokenCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax ? value : undefined;
}
