import { writeFile } from "node:fs/promises";
import { resolveUserPath } from "../../base/user-path.ts";
import type { Plan } from "../../planner/questions/plan.ts";
import { explain } from "../../planner/sheet/index.ts";
import { version } from "../../server/version.ts";
import { CommandError } from "../command-error.ts";
import { print, printError, printJson } from "../print.ts";
import { explainJson, explainText } from "./explain-text.ts";
import { makePlan } from "./make-plan.ts";
import { planPage } from "./page/plan-page.ts";
import { planCsv } from "./plan-csv.ts";
import { curveOf } from "./plan-curve.ts";
import { planJson } from "./plan-json.ts";
import { reportPlan } from "./plan-report.ts";
import type { Question } from "./plan-schema.ts";
import { planTable } from "./plan-table.ts";
import { readPlanDocument, type PlanFlags } from "./read-plan-document.ts";
import { applySettings, parseSetting } from "./settings.ts";

export interface QuestionOptions extends PlanFlags {
  set: readonly string[];
  seed?: number;
  explain?: string | true;
  html?: string;
  csv?: boolean;
  json?: boolean;
}

/** What a page draws a curve of, by question: the assumption that is moved and the key of the result. */
const curves: Readonly<Record<Question, readonly [assumption: string, key: string]>> = {
  capital: ["capital", "tokens_per_day"],
  power: ["power of the supply", "tokens_per_day"],
  demand: ["input tokens a day", "cost"],
  "buy-or-own": ["tokens a day", "own_cost_per_million_tokens"],
};

/** Makes a plan and shows it as the options say. `given` are the command's own arguments, as fields of a plan.yaml. */
export async function runQuestion(
  question: Question,
  given: Readonly<Record<string, string | undefined>>,
  options: QuestionOptions,
): Promise<void> {
  const settings = options.set.map(parseSetting);
  const document = await readPlanDocument(question, given, options);
  const make = await makePlan(question, document, (plan) => applySettings(plan, settings));
  const plan = make();
  const seed = options.seed ?? document.seed ?? 1;
  if (options.explain !== undefined) tellExplained(plan, options.explain, options);
  else {
    const report = reportPlan(plan, seed);
    if (options.json) printJson(planJson(report));
    else if (options.csv) process.stdout.write(planCsv(report));
    else print(planTable(report));
  }
  if (options.html === undefined) return;
  const curve = curveOf(make, ...curves[question], seed);
  await writePage(
    options.html,
    await planPage(reportPlan(plan, seed), curve, `Made by Sahab ${version}, seed ${seed}.`),
  );
}

/** One figure by its name or its key, or all results. */
function tellExplained({ sheet, results }: Plan, asked: string | true, { json }: QuestionOptions): void {
  const figure = results.find(({ key }) => key === asked)?.figure;
  const names = asked === true ? results.map((result) => result.figure) : [figure ?? asked];
  const found = names.map((name) => explain(sheet, sheet.find(name)));
  if (json) printJson(found.length === 1 ? explainJson(found[0]!) : found.map(explainJson));
  else print(found.map((one) => explainText(one)).join("\n\n"));
}

async function writePage(file: string, page: string): Promise<void> {
  const path = resolveUserPath(file);
  try {
    await writeFile(path, page);
  } catch (cause) {
    throw new CommandError(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
  printError(`Wrote ${path}`);
}
