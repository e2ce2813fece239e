import type { PlanReport, ReportFigure, ReportSwing } from "./plan-report.ts";
import { inOneScale, showFigure, showRange, showSpan } from "./show-value.ts";

/** Columns of the text; tables of most terminals and letters have room for as many. */
const width = 80;

/** A plan as text for people, at most 80 columns wide where no name is longer. */
export function planTable({ title, results, breakdowns, assumptions, sensitivity, notes }: PlanReport): string {
  const blocks = [
    wrap(title),
    rows(results.map(({ name, ...figure }) => [name, showFigure(figure)])),
    ...breakdowns.map(breakdownTable),
    sensitivityTable(results, sensitivity),
    ...notes.map((note) => wrap(note)),
    wrap(
      `${assumptions.length} assumptions, each with a source: --explain shows how a figure comes about, --set NAME=VALUE changes one.`,
    ),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function breakdownTable({ total, parts }: PlanReport["breakdowns"][number]): string {
  const scale = inOneScale(total.value, total.unit);
  const share = ({ value }: ReportFigure) => (total.value === 0 ? "" : `${((value / total.value) * 100).toFixed(1)} %`);
  const lines = [...parts, total].map((part): Row => [part.name, showRange(part, scale.show), share(part)]);
  return `${wrap(`${total.name}${inUnit(scale.unit)}:`)}\n${rows(lines, "  ")}`;
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
  return `${wrap(head)}\n${rows(lines, "  ")}`;
}

const inUnit = (unit: string) => (unit === "" ? "" : ` in ${unit}`);

type Row = readonly [name: string, value: string, more?: string];

/** Columns two spaces apart; a name that leaves no room for its value has a line of its own. */
function rows(lines: readonly Row[], indent = ""): string {
  const longest = (place: number) => Math.max(0, ...lines.map((line) => (line[place] ?? "").length));
  const nameWidth = Math.max(16, Math.min(longest(0), width - indent.length - longest(1) - longest(2) - 4));
  return lines
    .map(([name, value, more = ""]) => {
      const names = wrapWords(name, nameWidth);
      const last = names.pop() ?? "";
      const rest = more === "" ? value : `${value.padEnd(longest(1))}  ${more}`;
      return [...names, `${last.padEnd(nameWidth)}  ${rest}`].map((line) => indent + line.trimEnd()).join("\n");
    })
    .join("\n");
}

function wrap(text: string): string {
  return wrapWords(text, width).join("\n");
}

/** Lines of at most so many characters; a longer word stays whole. */
export function wrapWords(text: string, chars: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= chars) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
