/** Ten times the longest context on sale. A count or a bound beyond it is an error, and would overflow sums. */
export const tokensMax = 100_000_000;

/** A vendor's count; undefined where it can't be true, so that garbage is never billed. */
export function readTokenCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax ? value : undefined;
}
