import type { Series } from "./series.ts";

/** The colour of a series by its place; of all others together the grey one. */
export function colorOf({ value }: Pick<Series, "value">, place: number): string {
  return value === undefined ? "var(--border-strong)" : `var(--chart-${(place % 8) + 1})`;
}
