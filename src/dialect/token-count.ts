import { invalidField, wrongType } from "./read.ts";

/** Ten times the longest context on sale. A count or a bound beyond it is an error, and would overflow sums. */
export const tokensMax = 100_000_000;

/** A client's bound for an answer; -1 is none, as llama.cpp and others have it. One beyond what a model can is the model's to cut. */
export function asTokenLimit(value: unknown, path: string, min = 1): number | undefined {
  if (value === -1) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  const isHuge = typeof value === "number" && value > Number.MAX_SAFE_INTEGER;
  const expected = isHuge
    ? `at most ${Number.MAX_SAFE_INTEGER}, or -1 for no limit`
    : `a whole number of at least ${min}, or -1 for no limit`;
  if (typeof value !== "number") throw wrongType(path, expected, value);
  throw invalidField(path, `expected ${expected}, found ${value}`);
}

/** Whether the value of a count is present, but is not a count. */
export function isOddCount(value: unknown): boolean {
  return value !== undefined && value !== null && readTokenCount(value) === undefined;
}

/** A vendor's count; undefined where it can't be true, so that garbage is never billed. */
export function readTokenCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax ? value : undefined;
}
