import type { Assumption, Cell } from "./cell.ts";
import type { Sheet } from "./sheet.ts";
import type { Value } from "./unit.ts";

/** What a figure is with one assumption at its low and at its high, all others likely. */
export interface Sensitivity<V extends Value = Value> {
  assumption: Assumption;
  atLow: V;
  atHigh: V;
}

/** The assumptions that move a figure, the one that moves it most first. */
export function findSensitivity<V extends Value>(sheet: Sheet, cell: Cell<V>): Sensitivity<V>[] {
  const at = (moved: Assumption, end: "low" | "high") =>
    sheet.evaluate(({ spread, name }) => (name === moved.name ? spread[end] : spread.likely)).of(cell);
  const swing = ({ atLow, atHigh }: Sensitivity<V>) => Math.abs(cell.unit.toNumber(atHigh) - cell.unit.toNumber(atLow));
  return sheet.assumptions
    .filter(({ spread }) => spread.low !== spread.high)
    .map((assumption) => ({ assumption, atLow: at(assumption, "low"), atHigh: at(assumption, "high") }))
    .filter((found) => found.atLow !== found.atHigh)
    .toSorted((a, b) => swing(b) - swing(a));
}
