import type { Cell, Sheet } from "../sheet/index.ts";

/** What each question returns, and what the command line prints. */
export interface Plan {
  /** `capital`, `demand`, `power`, `buy-or-own`. */
  question: string;
  title: string;
  sheet: Sheet;
  /** Figures to show first, in order, each with its key in JSON. */
  results: readonly { key: string; figure: string }[];
  /** Totals, and the parts that add up to them exactly. */
  breakdowns: readonly { total: string; parts: readonly string[] }[];
  /** What a reader must know beside the figures. */
  notes: readonly string[];
}

/** The cells of a plan's results, by key. */
export function resultCells({ sheet, results }: Plan): Map<string, Cell> {
  return new Map(results.map(({ key, figure }) => [key, sheet.find(figure)]));
}
