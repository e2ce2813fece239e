import { exchanged, type Comparison } from "../../planner/questions/index.ts";
import { assumptionOf, type PlanReport, type ReportFigure } from "./plan-report.ts";
import { showLikely } from "./show-value.ts";

/** One of two plans that are compared. */
export interface Side {
  file: string;
  report: PlanReport;
}

/** A result of both plans, in the currency of the first. */
export interface ComparedRow {
  key: string;
  name: string;
  a?: ReportFigure | undefined;
  b?: ReportFigure | undefined;
  ratio?: number | undefined;
  isUnlike: boolean;
}

export interface Compared {
  sides: readonly [Side, Side];
  rows: readonly ComparedRow[];
  /** Assumptions that look different, each as it is shown. */
  assumptions: readonly { name: string; a: string; b: string }[];
  notes: readonly string[];
}

/** What of a comparison is shown, whatever it is shown as. */
export function comparedOf(sides: readonly [Side, Side], comparison: Comparison): Compared {
  const { exchange } = comparison;
  const rows = comparison.results.map(({ key, name, a, b, ratio, isUnlike }): ComparedRow => {
    const [left, right] = [figureOf(sides[0], a?.cell.name), figureOf(sides[1], b?.cell.name)];
    return { key, name, a: left, b: right && inCurrency(right, exchange), ratio, isUnlike };
  });
  const assumptions = comparison.assumptions
    .map(({ name, a, b }) => ({
      name,
      a: a ? showLikely(assumptionOf(a)) : "-",
      b: b ? showLikely(assumptionOf(b)) : "-",
    }))
    .filter(({ a, b }) => a !== b);
  return { sides, rows, assumptions, notes: notesOf(comparison, rows) };
}

function figureOf({ report }: Side, name: string | undefined): ReportFigure | undefined {
  return report.results.find((figure) => figure.name === name);
}

function inCurrency(figure: ReportFigure, exchange: Comparison["exchange"]): ReportFigure {
  const of = (value: number) => exchanged(value, figure.unit, exchange);
  const { value, unit } = of(figure.value);
  if (unit === figure.unit) return figure;
  const { range } = figure;
  return {
    ...figure,
    value,
    unit,
    exact: String(value),
    ...(range && { range: { low: of(range.low).value, high: of(range.high).value } }),
  };
}

function notesOf({ exchange, results }: Comparison, rows: readonly ComparedRow[]): string[] {
  const notes = [];
  if (exchange) {
    const { from, to, rate, source, date } = exchange;
    const told = date === undefined || source.includes(date) ? source : `${source}, ${date}`;
    const [one, other] = rate < 1 ? [to, from] : [from, to];
    const worth = Number((rate < 1 ? 1 / rate : rate).toPrecision(6));
    notes.push(`Amounts of B are converted from ${from} to ${to}: 1 ${one} is ${worth} ${other} (${told}).`);
  }
  for (const { key, name, isUnlike } of rows) {
    const found = results.find((result) => result.key === key);
    if (!isUnlike || !found?.a || !found.b) continue;
    const [a, b] = [found.a.cell, found.b.cell].map((cell) => {
      const what = cell.kind === "figure" ? cell.formula : "given";
      return cell.name === name ? what : `${cell.name} = ${what}`;
    });
    notes.push(`* ${name}: not calculated alike. A: ${a}. B: ${b}.`);
  }
  return notes;
}
