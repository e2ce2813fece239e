import type { Assumption, Cell, Value } from "../sheet/index.ts";
import { resultCells, type Plan } from "./plan.ts";

/** A result of one plan or of both. */
export interface ComparedResult {
  key: string;
  name: string;
  a?: ComparedValue | undefined;
  b?: ComparedValue | undefined;
  /** b ÷ a, where both have it in one unit and a is not 0. */
  ratio?: number | undefined;
}

export interface ComparedValue {
  value: Value;
  cell: Cell;
}

/** An assumption whose likely value or source differs, or that only one plan has. */
export interface ComparedAssumption {
  name: string;
  a?: Assumption | undefined;
  b?: Assumption | undefined;
}

export interface Comparison {
  results: readonly ComparedResult[];
  assumptions: readonly ComparedAssumption[];
}

/** Two plans side by side: results in the order of a, then those that only b has, and what they assume differently. */
export function comparePlans(a: Plan, b: Plan): Comparison {
  const [left, right] = [valuesOf(a), valuesOf(b)];
  const results = [...new Set([...left.keys(), ...right.keys()])].map((key) =>
    compareResult(key, left.get(key), right.get(key)),
  );
  const [assumedA, assumedB] = [a, b].map(({ sheet }) => new Map(sheet.assumptions.map((cell) => [cell.name, cell])));
  const names = new Set([...(assumedA?.keys() ?? []), ...(assumedB?.keys() ?? [])]);
  const assumptions = [...names]
    .map((name) => ({ name, a: assumedA?.get(name), b: assumedB?.get(name) }))
    .filter(({ a, b }) => !isSame(a, b));
  return { results, assumptions };
}

function valuesOf(plan: Plan): Map<string, ComparedValue> {
  const values = plan.sheet.evaluate();
  return new Map([...resultCells(plan)].map(([key, cell]) => [key, { cell, value: values.of(cell) }]));
}

function compareResult(key: string, a: ComparedValue | undefined, b: ComparedValue | undefined): ComparedResult {
  const name = (a ?? b)?.cell.name ?? key;
  if (!a || !b || a.cell.unit.symbol !== b.cell.unit.symbol) return { key, name, a, b };
  const from = a.cell.unit.toNumber(a.value);
  return { key, name, a, b, ratio: from === 0 ? undefined : b.cell.unit.toNumber(b.value) / from };
}

function isSame(a: Assumption | undefined, b: Assumption | undefined): boolean {
  if (!a || !b || a.unit.symbol !== b.unit.symbol || a.source !== b.source) return false;
  return (["low", "likely", "high"] as const).every((end) => a.spread[end] === b.spread[end]);
}
