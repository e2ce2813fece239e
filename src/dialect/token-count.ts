/** Ten times the longest context on sale. A count or a bound beyond it is an error, and would overflow sums. */
export const tokensMax = 100_000_000;

/** Whether something stands in a count's place that is none. */
export function isOddCount(value: unknown): boolean {
  return value !== undefined && value !== null && readTokenCount(value) === undefined;
}

/** A vendor's count; undefined where it can't be true, so that garbage is never billed. */
export function readTokenCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax ? value : undefined;
}
