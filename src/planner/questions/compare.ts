import { PlanFault, type Assumption, type Cell, type ToldRate, type Value } from "../sheet/index.ts";
import { resultCells, type Plan } from "./plan.ts";

/** A result of one plan or of both. */
export interface ComparedResult {
  key: string;
  name: string;
  a?: ComparedValue | undefined;
  b?: ComparedValue | undefined;
  /** b ÷ a, where both have it in one unit and a is not 0. */
  ratio?: number | undefined;
  /** Whether it is calculated otherwise in b than in a, so that a reader must know how. */
  isUnlike: boolean;
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
  /** What b's currency is worth in a's, where they differ. */
  exchange?: Exchange | undefined;
}

/** The rate at which all money of b is compared, at its likely value. */
export interface Exchange {
  from: string;
  to: string;
  rate: number;
  source: string;
  date?: string | undefined;
}

/** What is the same under another key: the cost of owning, which buy-or-own tells apart from that of buying. */
const sameKeys: Readonly<Record<string, string>> = { own_cost_per_million_tokens: "cost_per_million_tokens" };

/**
 * Two plans side by side: results in the order of a, then those that only b has, and what they assume differently. Money of b is compared in
 * the currency of a, at `rates`. Throws PlanFault where no rate leads there.
 */
export function comparePlans(a: Plan, b: Plan, rates: readonly ToldRate[] = []): Comparison {
  const exchange = exchangeOf(b.sheet.currency, a.sheet.currency, rates);
  const [left, right] = [valuesOf(a), valuesOf(b)];
  const results = [...new Set([...left.keys(), ...right.keys()])].map((key) =>
    compareResult(key, left.get(key), right.get(key), exchange),
  );
  const [assumedA, assumedB] = [a, b].map(
    ({ sheet }) => new Map(sheet.assumptions.map((cell) => [nameOf(cell), cell])),
  );
  const names = new Set([...(assumedA?.keys() ?? []), ...(assumedB?.keys() ?? [])]);
  const assumptions = [...names]
    .map((name) => ({ name, a: assumedA?.get(name), b: assumedB?.get(name) }))
    .filter(({ a, b }) => !isSame(a, b));
  return { results, assumptions, exchange };
}

/** A value and its unit in the currency of the other plan. */
export function exchanged(
  value: number,
  unit: string,
  exchange: Exchange | undefined,
): { value: number; unit: string } {
  const [currency = "", ...each] = unit.split("/");
  if (exchange?.from !== currency) return { value, unit };
  return { value: value * exchange.rate, unit: [exchange.to, ...each].join("/") };
}

function exchangeOf(from: string, to: string, rates: readonly ToldRate[]): Exchange | undefined {
  if (from === to) return undefined;
  const direct = rates.find((rate) => rate.from === from && rate.to === to);
  const inverse = rates.find((rate) => rate.from === to && rate.to === from);
  const told = direct ?? inverse;
  if (!told)
    throw new PlanFault(
      `Cannot compare amounts in ${from} with amounts in ${to}: no exchange rate leads from one to the other; declare one under rates`,
    );
  const rate = direct ? Number(told.likely) : 1 / Number(told.likely);
  return { from, to, rate, source: told.source, date: told.date };
}

/** A price in another currency than its plan's has that in its name, `price of an accelerator in USD`, and is the same price. */
function nameOf({ name, unit }: Assumption): string {
  const currency = unit.symbol.split("/")[0] ?? "";
  return name.endsWith(` in ${currency}`) ? name.slice(0, -` in ${currency}`.length) : name;
}

function valuesOf(plan: Plan): Map<string, ComparedValue> {
  const values = plan.sheet.evaluate();
  return new Map([...resultCells(plan)].map(([key, cell]) => [sameKeys[key] ?? key, { cell, value: values.of(cell) }]));
}

function compareResult(
  key: string,
  a: ComparedValue | undefined,
  b: ComparedValue | undefined,
  exchange: Exchange | undefined,
): ComparedResult {
  const name = (a ?? b)?.cell.name ?? key;
  if (!a || !b) return { key, name, a, b, isUnlike: false };
  const from = a.cell.unit.toNumber(a.value);
  const to = exchanged(b.cell.unit.toNumber(b.value), b.cell.unit.symbol, exchange);
  const isUnlike = formulaOf(a.cell) !== formulaOf(b.cell);
  if (a.cell.unit.symbol !== to.unit) return { key, name, a, b, isUnlike };
  return { key, name, a, b, isUnlike, ratio: from === 0 ? undefined : to.value / from };
}

/** How a result is calculated, in words; an amount that was told, in whatever currency, is the same. */
function formulaOf(cell: Cell): string {
  return cell.kind === "assumption" || / exchange rate /.test(cell.formula) ? "told" : cell.formula;
}

function isSame(a: Assumption | undefined, b: Assumption | undefined): boolean {
  if (!a || !b || a.unit.symbol !== b.unit.symbol || a.source !== b.source) return false;
  return (["low", "likely", "high"] as const).every((end) => a.spread[end] === b.spread[end]);
}
