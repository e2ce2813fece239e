import type { Plan } from "../../planner/questions/plan.ts";
import { explain, PlanFault } from "../../planner/sheet/index.ts";
import { version } from "../../server/version.ts";
import { UsageError } from "../command-error.ts";
import { print, printJson } from "../print.ts";
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
import { writePage } from "./write-page.ts";

export interface QuestionOptions extends PlanFlags {
  set?: readonly string[];
  explain?: string | true;
  html?: string;
  csv?: boolean;
  json?: boolean;
}

/** What a page draws a curve of, by question: the assumption that is moved and the key of the result. */
const curves: Readonly<Partial<Record<Question, readonly [assumption: string, key: string]>>> = {
  capital: ["capital", "tokens_per_day"],
  power: ["power of the supply", "tokens_per_day"],
  demand: ["input tokens a day", "cost"],
  "buy-or-own": ["tokens a day", "own_cost_per_million_tokens"],
};

/**
 * Makes a plan and shows it as the options say. `given` are the command's own arguments, as fields of a plan.yaml. The exit status is 1 where
 * the answer is no.
 */
export async function runQuestion(
  question: Question,
  given: Readonly<Record<string, string | undefined>>,
  options: QuestionOptions,
): Promise<void> {
  const settings = (options.set ?? []).map(parseSetting);
  const document = await readPlanDocument(question, given, options);
  const make = await makePlan(question, document, (plan) => applySettings(plan, settings), options.file);
  const plan = make();
  const { view } = plan;
  const seed = document.seed ?? 1;
  if (options.explain !== undefined) tellExplained(plan, options.explain, options);
  const report = options.explain === undefined || options.html !== undefined ? reportPlan(plan, seed) : undefined;
  if (report && options.explain === undefined) {
    if (options.json) printJson({ ...planJson(report), ...view?.json(report) });
    else if (options.csv) process.stdout.write(planCsv(report));
    else print((view?.table ?? planTable)(report));
  }
  if (report && options.html !== undefined) {
    const curve = curves[question] && curveOf(make, ...curves[question], seed);
    await writePage(
      options.html,
      await planPage(report, curve, `Made by Sahab ${version}, seed ${seed}.`, view?.lead?.(report)),
    );
  }
  if (view && !view.isYes()) process.exitCode = 1;
}

/** One figure by its name or its key, or all results. */
function tellExplained({ sheet, results }: Plan, asked: string | true, { json }: QuestionOptions): void {
  const figure = results.find(({ key }) => key === asked)?.figure;
  const names = asked === true ? results.map((result) => result.figure) : [figure ?? asked];
  const found = names.map((name) => explain(sheet, findCell(sheet, name)));
  if (json) printJson(found.length === 1 ? explainJson(found[0]!) : found.map(explainJson));
  else print(found.map((one) => explainText(one)).join("\n\n"));
}

function findCell(sheet: Plan["sheet"], name: string) {
  try {
    return sheet.find(name);
  } catch (cause) {
    if (!(cause instanceof PlanFault)) throw cause;
    throw new UsageError(`--explain: ${cause.message} (--json lists all names)`, { cause });
  }
}
