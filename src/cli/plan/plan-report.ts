import type { Plan } from "../../planner/questions/plan.ts";
import {
  findRanges,
  findSensitivity,
  type Assumption,
  type Cell,
  type Value,
  type Values,
} from "../../planner/sheet/index.ts";

/** What a plan says, ready to be shown or written: values, ranges and what moves them. */
export interface PlanReport {
  question: string;
  title: string;
  results: readonly ReportFigure[];
  breakdowns: readonly { total: ReportFigure; parts: readonly ReportFigure[] }[];
  assumptions: readonly ReportAssumption[];
  /** What moves one of the results, the strongest first. */
  sensitivity: readonly ReportSwing[];
  notes: readonly string[];
}

export interface ReportFigure {
  /** Its name in `--json`. */
  key: string;
  /** Its name for people. */
  name: string;
  value: number;
  /** The same as a decimal, to the last digit where it is money. */
  exact: string;
  /** `USD`, `W`, `token/day`, `%`; empty for a ratio. */
  unit: string;
  /** 5th and 95th percentile; absent where nothing uncertain goes in. */
  range?: { low: number; high: number } | undefined;
}

export interface ReportAssumption {
  name: string;
  value: number;
  low: number;
  high: number;
  unit: string;
  /** Where it is from, `assumed` or `given`. */
  source: string;
  date?: string;
}

export interface ReportSwing {
  assumption: ReportAssumption;
  /** The key of the result that moves. */
  result: string;
  atLow: number;
  atHigh: number;
}

/** A plan, and what of its question is shown otherwise than usual. */
export type ShownPlan = Plan & { view?: PlanView };

export interface PlanView {
  /** Ranges are from so many samples; 0 for none. */
  samples?: number;
  /** In the place of the usual table. */
  table: (report: PlanReport) => string;
  /** The answer in words, for the top of a page. */
  lead?: (report: PlanReport) => readonly string[];
  /** Further fields of `--json`. */
  json: (report: PlanReport) => object;
  /** Whether the answer is yes: exit status 0, else 1. */
  isYes: () => boolean;
  /** What ranges are from, and what else is known after they were sampled. */
  notes?: () => readonly string[];
}

/** Assumptions that are shown as those that matter most. */
const swingsMax = 5;

/** Results whose sensitivity tells most, the first one that a plan has. */
const tellingResults = [
  "break_even_utilisation_percent",
  "cost_per_million_tokens",
  "tokens_per_day",
  "first_token_p99_s",
];

/** Calculates a plan: likely values, ranges by sampling from `seed`, and sensitivity. Throws PlanFault. */
export function reportPlan(plan: ShownPlan, seed: number): PlanReport {
  const { sheet, question, title, notes, view } = plan;
  const values = sheet.evaluate();
  const keyed = plan.results.map(({ key, figure }) => ({ key, cell: sheet.find(figure) }));
  const keyOf = new Map(keyed.map(({ key, cell }) => [cell, key]));
  const broken = plan.breakdowns.map(({ total, parts }) => [total, ...parts].map((name) => sheet.find(name)));
  const samples = view?.samples;
  const ranged = [...new Set([...keyOf.keys(), ...broken.flat()])];
  const ranges: ReturnType<typeof findRanges> =
    samples === 0 ? new Map() : findRanges(sheet, ranged, { seed, ...(samples !== undefined && { samples }) });
  const reportOf = (cell: Cell) =>
    figureOf(cell, keyOf.get(cell) ?? cell.name.replaceAll(" ", "_"), values, ranges.get(cell));
  return {
    question,
    title,
    results: keyed.map(({ cell }) => reportOf(cell)),
    breakdowns: broken.flatMap(([total, ...parts]) =>
      total ? [{ total: reportOf(total), parts: parts.map(reportOf) }] : [],
    ),
    assumptions: sheet.assumptions.map(assumptionOf),
    // Where a sample takes long, so do the two ends of each assumption.
    sensitivity: samples === 0 ? [] : swingsOf(plan, keyed),
    notes: [...notes, ...(view?.notes?.() ?? [])],
  };
}

export function assumptionOf({ name, unit, spread, source, date }: Assumption): ReportAssumption {
  const { low, likely, high } = spread;
  return {
    name,
    value: unit.toNumber(likely),
    low: unit.toNumber(low),
    high: unit.toNumber(high),
    unit: unit.symbol,
    source,
    ...(date !== undefined && { date }),
  };
}

export function figureOf(cell: Cell, key: string, values: Values, range?: { low: Value; high: Value }): ReportFigure {
  const { name, unit } = cell;
  const value = values.of(cell);
  return {
    key,
    name,
    value: unit.toNumber(value),
    exact: unit.format(value),
    unit: unit.symbol,
    ...(range &&
      range.low !== range.high && { range: { low: unit.toNumber(range.low), high: unit.toNumber(range.high) } }),
  };
}

function swingsOf({ sheet }: Plan, keyed: readonly { key: string; cell: Cell }[]): ReportSwing[] {
  const told = tellingResults.flatMap((key) => keyed.filter((one) => one.key === key));
  for (const { key, cell } of [...told, ...keyed]) {
    const swings = findSensitivity(sheet, cell).slice(0, swingsMax);
    if (swings.length > 0)
      return swings.map(({ assumption, atLow, atHigh }) => ({
        assumption: assumptionOf(assumption),
        result: key,
        atLow: cell.unit.toNumber(atLow),
        atHigh: cell.unit.toNumber(atHigh),
      }));
  }
  return [];
}
