import type { Cell } from "./cell.ts";
import { inputsOf, type Sheet, type Values } from "./sheet.ts";
import type { Value } from "./unit.ts";

/** How a cell comes to its value: a figure's inputs down to assumptions, each with its source. */
export interface Explanation {
  cell: Cell;
  /** With the likely value of every assumption. */
  value: Value;
  /** Empty for an assumption, and where the same figure is explained further up. */
  inputs: readonly Explanation[];
  /** Explained further up in the same tree. */
  isRepeated: boolean;
}

export function explain(sheet: Sheet, cell: Cell, values: Values = sheet.evaluate()): Explanation {
  const explained = new Set<Cell>();
  const visit = (cell: Cell): Explanation => {
    const isRepeated = cell.kind === "figure" && explained.has(cell);
    explained.add(cell);
    return { cell, value: values.of(cell), inputs: isRepeated ? [] : inputsOf(cell).map(visit), isRepeated };
  };
  return visit(cell);
}
