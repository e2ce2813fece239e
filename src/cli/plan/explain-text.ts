import type { Explanation } from "../../planner/sheet/index.ts";
import { showSpan, showValue } from "./show-value.ts";

/** How a figure comes about, as an indented tree down to assumptions with their sources. */
export function explainText(explanation: Explanation, depth = 0): string {
  const { cell, value, inputs, isRepeated } = explanation;
  const indent = "  ".repeat(depth);
  const shown = showValue(cell.unit.toNumber(value), cell.unit.symbol, digits);
  const head = `${indent}${cell.name} = ${shown}`;
  if (cell.kind === "assumption") return `${head}   [${sourceOf(cell)}]`;
  if (isRepeated) return `${head}   (explained above)`;
  return [head, `${indent}  = ${cell.formula}`, ...inputs.map((input) => explainText(input, depth + 1))].join("\n");
}

/** Enough to calculate a figure again by hand. */
const digits = 7;

function sourceOf(cell: Extract<Explanation["cell"], { kind: "assumption" }>): string {
  const { unit, spread, source, date } = cell;
  const [low, high] = [unit.toNumber(spread.low), unit.toNumber(spread.high)];
  const range = low === high ? "" : `${showSpan(low, high, unit.symbol)}; `;
  return `${range}${source}${date === undefined ? "" : `, ${date}`}`;
}

/** The same as JSON. */
export function explainJson({ cell, value, inputs, isRepeated }: Explanation): object {
  const shared = { name: cell.name, value: cell.unit.format(value), unit: cell.unit.symbol };
  if (cell.kind === "assumption") {
    const [low, high] = [cell.spread.low, cell.spread.high].map((end) => cell.unit.format(end));
    return { ...shared, low, high, source: cell.source, ...(cell.date !== undefined && { date: cell.date }) };
  }
  return {
    ...shared,
    formula: cell.formula,
    ...(isRepeated ? { repeated: true } : { inputs: inputs.map(explainJson) }),
  };
}
