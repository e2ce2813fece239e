import type { PlanReport, ReportFigure, ReportSwing } from "./plan-report.ts";
import { wrapRows, wrapText, type Row } from "./wrap-rows.ts";
import { inOneScale, showFigure, showRange, showSpan } from "./show-value.ts";

/** A plan as text for people, at most 80 columns wide where no name is longer. */
export function planTable({ title, results, breakdowns, assumptions, sensitivity, notes }: PlanReport): string {
  const blocks = [
    wrapText(title),
    wrapRows(results.map(({ name, ...figure }) => [name, showFigure(figure)])),
    ...breakdowns.map(breakdownTable),
    sensitivityTable(results, sensitivity),
    ...notes.map((note) => wrapText(note)),
    wrapText(
      `${assumptions.length} assumptions, each with a source: --explain shows how a figure comes about, --set NAME=VALUE changes one.`,
    ),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function breakdownTable({ total, parts }: PlanReport["breakdowns"][number]): string {
  const scale = inOneScale(total.value, total.unit);
  const share = ({ value }: ReportFigure) => (total.value === 0 ? "" : `${((value / total.value) * 100).toFixed(1)} %`);
  const lines = [...parts, total].map((part): Row => [part.name, showRange(part, scale.show), share(part)]);
  return `${wrapText(`${total.name}${inUnit(scale.unit)}:`)}\n${wrapRows(lines, "  ")}`;
}

function sensitivityTable(results: readonly ReportFigure[], swings: readonly ReportSwing[]): string {
  const [first] = swings;
  const result = results.find(({ key }) => key === first?.result);
  if (!result) return "";
  const scale = inOneScale(result.value, result.unit);
  const lines = swings.map(({ assumption, atLow, atHigh }): Row => {
    const { name, low, high, unit } = assumption;
    return [name, showSpan(low, high, unit), `${scale.show(atLow)} … ${scale.show(atHigh)}`];
  });
  const head = `What moves ${result.name}${inUnit(scale.unit)} most, each assumption from its low to its high end:`;
  return `${wrapText(head)}\n${wrapRows(lines, "  ")}`;
}

const inUnit = (unit: string) => (unit === "" ? "" : ` in ${unit}`);
