import { csvLine } from "../../base/csv.ts";
import type { PlanReport, ReportAssumption, ReportFigure } from "./plan-report.ts";

/** A plan as CSV (RFC 4180): a line for each result, part of a breakdown and assumption, with the same columns. */
export function planCsv({ results, breakdowns, assumptions }: PlanReport): string {
  const figure = (kind: string, one: ReportFigure) => line(kind, one.key, one.name, one);
  const parts = breakdowns.flatMap(({ total, parts }) => parts.map((part) => figure(`part of ${total.key}`, part)));
  const lines = [
    csvLine(["kind", "key", "name", "value", "low", "high", "unit", "source", "date"]),
    ...results.map((one) => figure("result", one)),
    ...parts,
    ...assumptions.map((one) => line("assumption", one.name, one.name, one)),
  ];
  return lines.join("");
}

function line(kind: string, key: string, name: string, one: ReportFigure | ReportAssumption): string {
  const { low, high } = "source" in one ? one : (one.range ?? { low: undefined, high: undefined });
  const [source, date] = "source" in one ? [one.source, one.date] : [undefined, undefined];
  return csvLine([
    kind,
    key,
    name,
    "exact" in one ? one.exact : one.value,
    low ?? "",
    high ?? "",
    one.unit,
    source ?? "",
    date ?? "",
  ]);
}
