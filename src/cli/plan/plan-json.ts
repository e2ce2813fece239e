import type { PlanReport, ReportFigure } from "./plan-report.ts";

/** A plan as `--json` prints it; `results` has numbers, `breakdowns` exact decimals. */
export function planJson({ results, breakdowns, assumptions, sensitivity, ...plan }: PlanReport): object {
  const { question, title, notes } = plan;
  const ranged = results.flatMap(({ key, range }) => (range ? [[key, range] as const] : []));
  const exact = ({ name, exact, unit }: ReportFigure) => ({ name, value: exact, unit });
  return {
    question,
    title,
    results: Object.fromEntries(results.map(({ key, value }) => [key, value])),
    units: Object.fromEntries(results.map(({ key, unit }) => [key, unit])),
    ranges: Object.fromEntries(ranged),
    breakdowns: breakdowns.map(({ total, parts }) => ({ ...exact(total), parts: parts.map(exact) })),
    assumptions,
    sensitivity: sensitivity.map(({ assumption, result, atLow, atHigh }) => ({
      result,
      assumption: assumption.name,
      low: assumption.low,
      high: assumption.high,
      at_low: atLow,
      at_high: atHigh,
    })),
    notes,
  };
}
