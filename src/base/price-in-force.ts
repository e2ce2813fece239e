interface Dated {
  valid_from?: string | undefined;
}

/** From when a declared price holds, since 1970; from always on unless it says so. */
export function startOf({ valid_from: from }: Dated): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
}

/** The first one first. */
export function inOrder<T extends Dated>(prices: readonly T[]): T[] {
  return prices.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
}

/** The price that holds at a time, in whatever order they are listed; before the first one, the first. */
export function priceInForce<T extends Dated>(prices: readonly T[], timeMs: number): T | undefined {
  const ordered = inOrder(prices);
  return ordered.findLast((price) => startOf(price) <= timeMs) ?? ordered[0];
}
