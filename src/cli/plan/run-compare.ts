import { csvLine } from "../../base/csv.ts";
import { comparePlans, type ComparedResult, type Comparison, type Plan } from "../../planner/questions/index.ts";
import { CommandError } from "../command-error.ts";
import { print, printJson } from "../print.ts";
import { makePlan } from "./make-plan.ts";
import { assumptionOf, reportPlan, type PlanReport, type ReportFigure } from "./plan-report.ts";
import { readPlanFile } from "./read-plan-file.ts";
import { applySettings, parseSetting, type Setting } from "./settings.ts";
import { inOneScale, showFigure, showRange, showValue } from "./show-value.ts";
import { wrapRows, wrapText, type Row } from "./wrap-rows.ts";

export interface CompareOptions {
  set: readonly string[];
  seed?: number;
  csv?: boolean;
  json?: boolean;
}

/** Prints two plans side by side. Throws PlanFault, UsageError and CommandError. */
export async function runCompare(a: string, b: string, options: CompareOptions): Promise<void> {
  const settings = options.set.map(parseSetting);
  const sides = [await readSide(a, settings, options), await readSide(b, settings, options)] as const;
  const comparison = comparePlans(sides[0].plan, sides[1].plan);
  if (options.json) printJson(compareJson(sides, comparison));
  else if (options.csv) process.stdout.write(compareCsv(sides, comparison));
  else printComparison(sides, comparison);
}

interface Side {
  file: string;
  plan: Plan;
  report: PlanReport;
}
type Sides = readonly [Side, Side];

async function readSide(file: string, settings: readonly Setting[], options: CompareOptions): Promise<Side> {
  const document = await readPlanFile(file);
  if (document.question === undefined)
    throw new CommandError(`${file} does not name its question; add a line such as: question: capital`);
  const make = await makePlan(document.question, document, (made) => applySettings(made, settings));
  const plan = make();
  return { file, plan, report: reportPlan(plan, options.seed ?? document.seed ?? 1) };
}

const figureOf = ({ report }: Side, key: string): ReportFigure | undefined =>
  report.results.find((figure) => figure.key === key);

function printComparison(sides: Sides, { results, assumptions }: Comparison): void {
  for (const [place, { file, report }] of sides.entries()) print(wrapText(`${"AB"[place]}: ${report.title} (${file})`));
  const rows = results.map(({ key, name, ratio }): Row => {
    const [a, b] = [figureOf(sides[0], key), figureOf(sides[1], key)];
    return [...besideEachOther(name, a, b), ratio === undefined ? "" : showValue(ratio, "")];
  });
  print(`\n${wrapRows([["", "A", "B", "B ÷ A"], ...rows])}`);
  const differing = assumptions
    .map(({ name, a, b }): Row => [name, showLikely(a), showLikely(b)])
    .filter(([, a, b]) => a !== b);
  if (differing.length > 0) print(`\nAssumed differently:\n${wrapRows(differing, "  ")}`);
}

/** A row of the table. Where both figures have the same unit, it is shown once, after the name, and both use the same scale. */
function besideEachOther(name: string, a: ReportFigure | undefined, b: ReportFigure | undefined): Row {
  if (!a || !b || a.unit !== b.unit) return [name, a ? showFigure(a) : "-", b ? showFigure(b) : "-"];
  const scale = inOneScale(Math.max(a.value, b.value), a.unit);
  const isNamed = scale.unit === "" || scale.unit === name;
  return [isNamed ? name : `${name} in ${scale.unit}`, showRange(a, scale.show), showRange(b, scale.show)];
}

function showLikely(assumption: Comparison["assumptions"][number]["a"]): string {
  if (!assumption) return "-";
  const { unit, spread } = assumption;
  return showValue(unit.toNumber(spread.likely), unit.symbol);
}

function compareJson(sides: Sides, { results, assumptions }: Comparison): object {
  const valueOf = (side: Side, key: string) => {
    const figure = figureOf(side, key);
    return figure ? { value: figure.value, unit: figure.unit, ...(figure.range && { range: figure.range }) } : null;
  };
  return {
    question: "compare",
    plans: sides.map(({ file, report }) => ({ file, question: report.question, title: report.title })),
    results: Object.fromEntries(
      results.map(({ key, ratio }) => [
        key,
        { a: valueOf(sides[0], key), b: valueOf(sides[1], key), ratio: ratio ?? null },
      ]),
    ),
    assumptions: assumptions.map(({ name, a, b }) => ({
      name,
      a: a ? assumptionOf(a) : null,
      b: b ? assumptionOf(b) : null,
    })),
  };
}

function compareCsv(sides: Sides, { results }: Comparison): string {
  const line = ({ key, name, ratio }: ComparedResult) => {
    const [a, b] = sides.map((side) => figureOf(side, key));
    const ends = (figure: ReportFigure | undefined) => [
      figure?.exact ?? "",
      figure?.range?.low ?? "",
      figure?.range?.high ?? "",
    ];
    return csvLine([key, name, ...ends(a), ...ends(b), ratio ?? "", (a ?? b)?.unit ?? ""]);
  };
  return [
    csvLine(["key", "name", "a", "a_low", "a_high", "b", "b_low", "b_high", "ratio", "unit"]),
    ...results.map(line),
  ].join("");
}
