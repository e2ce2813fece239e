import { must } from "../../base/assert.ts";
import type { Assumption, Cell } from "./cell.ts";
import { seededRandom } from "./random.ts";
import type { Sheet } from "./sheet.ts";
import type { Value } from "./unit.ts";

export interface RangeOptions {
  seed?: number;
  samples?: number;
}

/**
 * The 5th and the 95th percentile of figures when every assumption is drawn by itself from a triangular distribution between its
 * low and high with its mode at likely. The same seed gives the same ranges.
 */
export function findRanges(
  sheet: Sheet,
  cells: readonly Cell[],
  { seed = 1, samples = 1000 }: RangeOptions = {},
): Map<Cell, { low: Value; high: Value }> {
  const random = seededRandom(seed);
  const drawn = cells.map((): Value[] => []);
  for (let sample = 0; sample < samples; sample++) {
    const values = sheet.evaluate((assumption) => draw(assumption, random()));
    cells.forEach((cell, index) => drawn[index]?.push(values.of(cell)));
  }
  return new Map(cells.map((cell, index) => [cell, percentiles(must(drawn[index], "each cell was drawn"))]));
}

/** The value at a quantile (0 … 1) of the triangular distribution. */
export function draw({ unit, spread: { low, likely, high } }: Assumption, quantile: number): Value {
  const [from, mode, to] = [low, likely, high].map((value) => unit.toNumber(value)) as [number, number, number];
  if (from === to) return likely;
  const peak = (mode - from) / (to - from);
  const share = quantile < peak ? Math.sqrt(quantile * peak) : 1 - Math.sqrt((1 - quantile) * (1 - peak));
  return unit.between(low, high, Math.min(1, Math.max(0, share)));
}

function percentiles(values: Value[]): { low: Value; high: Value } {
  values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const at = (share: number) => must(values[Math.round(share * (values.length - 1))], "there is at least one sample");
  return { low: at(0.05), high: at(0.95) };
}
