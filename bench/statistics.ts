/** The middle value, or the mean of the two in the middle; NaN if there are no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** The median over rounds of the ratio within a round, so that a busy minute of the machine affects both sides. */
export function ratioWithinRounds(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / (others[round] ?? Number.NaN)));
}

/** What each round adds to what the upstream alone has in the same round. */
export function addedInRounds(values: readonly number[], alone: readonly number[]): number[] {
  return values.map((value, round) => value - (alone[round] ?? Number.NaN));
}

/** `ratioWithinRounds` of what was added. Who adds nothing in a round has 0, whose rival adds nothing has infinity. */
export function ratioOfAdded(added: readonly number[], others: readonly number[]): number {
  const ratio = (value: number, other: number) =>
    value <= 0 ? 0 : other <= 0 ? Number.POSITIVE_INFINITY : value / other;
  return median(added.map((value, round) => ratio(value, others[round] ?? Number.NaN)));
}

/** The value below or at which this share of all values is (nearest rank). `sorted` is in rising order. */
export function quantile(sorted: Float64Array | readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}

export interface Quantiles {
  count: number;
  min: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

export function quantiles(values: Float64Array): Quantiles {
  const sorted = values.toSorted();
  return {
    count: sorted.length,
    min: quantile(sorted, 0),
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
  };
}
