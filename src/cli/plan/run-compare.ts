import { csvLine } from "../../base/csv.ts";
import { comparePlans, type Comparison } from "../../planner/questions/index.ts";
import { version } from "../../server/version.ts";
import { CommandError, UsageError } from "../command-error.ts";
import { print, printJson } from "../print.ts";
import { comparedOf, type Compared, type ComparedRow, type Side } from "./compared.ts";
import { addCrossRates } from "./cross-rates.ts";
import { makePlan, ratesOf } from "./make-plan.ts";
import { comparePage } from "./page/compare-page.ts";
import { assumptionOf, reportPlan, type ReportFigure, type ShownPlan } from "./plan-report.ts";
import type { PlanDocument } from "./plan-schema.ts";
import { readPlanFile } from "./read-plan-file.ts";
import { applySettings, parseSetting, type Setting } from "./settings.ts";
import { inOneScale, showFigure, showRange, showValue } from "./show-value.ts";
import { wrapRows, wrapText, type Row } from "./wrap-rows.ts";
import { writePage } from "./write-page.ts";

export interface CompareOptions {
  set?: readonly string[];
  seed?: string;
  html?: string;
  csv?: boolean;
  json?: boolean;
}

/** Prints two plans side by side. Throws PlanFault, UsageError and CommandError. */
export async function runCompare(a: string, b: string, options: CompareOptions): Promise<void> {
  const settings = (options.set ?? []).map(parseSetting);
  const seed = parseSeed(options.seed);
  const one = await readSide(a, settings, seed);
  const other = await readSide(b, settings, seed);
  const rates = addCrossRates([...ratesOf(one.document), ...ratesOf(other.document)]);
  const comparison = comparePlans(one.plan, other.plan, rates);
  const compared = comparedOf([one, other], comparison);
  if (options.json) printJson(compareJson(compared, comparison));
  else if (options.csv) process.stdout.write(compareCsv(compared));
  else printComparison(compared);
  if (options.html !== undefined)
    await writePage(options.html, await comparePage(compared, `Made by Sahab ${version}.`));
}

const seedMax = 0xffffffff;

function parseSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= seedMax) return seed;
  throw new UsageError(`--seed: allowed is a whole number from 0 to ${seedMax}; found ${JSON.stringify(text)}`);
}

interface ReadSide extends Side {
  plan: ShownPlan;
  document: PlanDocument;
}

async function readSide(file: string, settings: readonly Setting[], seed: number | undefined): Promise<ReadSide> {
  const document = await readPlanFile(file);
  if (document.question === undefined)
    throw new CommandError(`${file} does not name its question; add a line such as: question: capital`);
  const make = await makePlan(document.question, document, (made) => applySettings(made, settings), file);
  const plan = make();
  return { file, document, plan, report: reportPlan(plan, seed ?? document.seed ?? 1) };
}

function printComparison({ sides, rows, assumptions, notes }: Compared): void {
  for (const [place, { file, report }] of sides.entries()) print(wrapText(`${"AB"[place]}: ${report.title} (${file})`));
  const shown = rows.map((row): Row => {
    const ratio = row.ratio === undefined ? "" : showValue(row.ratio, "");
    return [...besideEachOther(row), ratio];
  });
  print(`\n${wrapRows([["", "A", "B", "B ÷ A"], ...shown])}`);
  for (const note of notes) print(`\n${wrapText(note)}`);
  if (assumptions.length > 0)
    print(
      `\nAssumed differently:\n${wrapRows([["", "A", "B"], ...assumptions.map(({ name, a, b }): Row => [name, a, b])], "  ")}`,
    );
}

/** A row of the table. Where both figures have the same unit, it is shown once, after the name, and both use the same scale. */
function besideEachOther({ name, a, b, isUnlike }: ComparedRow): Row {
  const mark = isUnlike ? " *" : "";
  if (!a || !b || a.unit !== b.unit) return [name + mark, a ? showFigure(a) : "-", b ? showFigure(b) : "-"];
  const scale = inOneScale(Math.max(Math.abs(a.value), Math.abs(b.value)), a.unit);
  const bare = name.endsWith(` in ${a.unit}`) ? name.slice(0, -` in ${a.unit}`.length) : name;
  const isNamed = scale.unit === "" || scale.unit === name;
  return [`${isNamed ? name : `${bare} in ${scale.unit}`}${mark}`, showRange(a, scale.show), showRange(b, scale.show)];
}

function compareJson({ sides, rows, notes }: Compared, { assumptions, exchange }: Comparison): object {
  const valueOf = (figure: ReportFigure | undefined) =>
    figure ? { value: figure.value, unit: figure.unit, ...(figure.range && { range: figure.range }) } : null;
  return {
    question: "compare",
    plans: sides.map(({ file, report }) => ({ file, question: report.question, title: report.title })),
    /** Money of b in the currency of a. */
    exchange: exchange ?? null,
    results: Object.fromEntries(
      rows.map(({ key, a, b, ratio, isUnlike }) => [
        key,
        { a: valueOf(a), b: valueOf(b), ratio: ratio ?? null, same_formula: !isUnlike },
      ]),
    ),
    assumptions: assumptions.map(({ name, a, b }) => ({
      name,
      a: a ? assumptionOf(a) : null,
      b: b ? assumptionOf(b) : null,
    })),
    notes,
  };
}

function compareCsv({ rows }: Compared): string {
  const line = ({ key, name, a, b, ratio }: ComparedRow) => {
    const ends = (figure: ReportFigure | undefined) => [
      figure?.exact ?? "",
      figure?.range?.low ?? "",
      figure?.range?.high ?? "",
      figure?.unit ?? "",
    ];
    return csvLine([key, name, ...ends(a), ...ends(b), ratio ?? ""]);
  };
  return [
    csvLine(["key", "name", "a", "a_low", "a_high", "a_unit", "b", "b_low", "b_high", "b_unit", "ratio"]),
    ...rows.map(line),
  ].join("");
}
