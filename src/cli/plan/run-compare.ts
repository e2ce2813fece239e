import { csvLine } from "../../base/csv.ts";
import { comparePlans, type ComparedResult, type Comparison, type Plan } from "../../planner/questions/index.ts";
import { CommandError } from "../command-error.ts";
import { fitTable } from "../fit-table.ts";
import { print, printJson } from "../print.ts";
import { makePlan } from "./make-plan.ts";
import { assumptionOf, reportPlan, type PlanReport, type ReportFigure } from "./plan-report.ts";
import { readPlanFile } from "./read-plan-file.ts";
import { applySettings, parseSetting, type Setting } from "./settings.ts";
import { showFigure, showValue } from "./show-value.ts";

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
  const plan = (await makePlan(document.question, document))();
  applySettings(plan, settings);
  return { file, plan, report: reportPlan(plan, options.seed ?? document.seed ?? 1) };
}

const figureOf = ({ report }: Side, key: string): ReportFigure | undefined =>
  report.results.find((figure) => figure.key === key);

function printComparison(sides: Sides, { results, assumptions }: Comparison): void {
  for (const [place, { file, report }] of sides.entries()) print(`${"AB"[place]}: ${report.title} (${file})`);
  print("");
  const shown = (side: Side, key: string) => {
    const figure = figureOf(side, key);
    return figure ? showFigure(figure) : "-";
  };
  const rows = results.map(({ key, name, ratio }) => [
    name,
    shown(sides[0], key),
    shown(sides[1], key),
    ratio === undefined ? "" : ratio.toPrecision(3),
  ]);
  print(
    fitTable(
      [{ title: "RESULT", charsMin: 16, cutAt: "end" }, { title: "A" }, { title: "B" }, { title: "B ÷ A" }],
      rows,
    ).text,
  );
  if (assumptions.length === 0) return;
  print("\nAssumed differently:");
  const likely = (one: Comparison["assumptions"][number]["a"]) =>
    one ? showValue(one.unit.toNumber(one.spread.likely), one.unit.symbol) : "-";
  const differences = assumptions.map(({ name, a, b }) => [name, likely(a), likely(b)]);
  print(
    fitTable([{ title: "ASSUMPTION", charsMin: 16, cutAt: "end" }, { title: "A" }, { title: "B" }], differences).text,
  );
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
