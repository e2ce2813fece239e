import type { z } from "zod";
import { tellingIssues } from "../../base/telling-issues.ts";
import { describeIssue, placeProblem } from "../../config/index.ts";
import { UsageError } from "../command-error.ts";
import { optionsSchema, planFieldsAt, type PlanDocument, type Question } from "./plan-schema.ts";
import { readPlanFile } from "./read-plan-file.ts";

/** Options that say the same as fields of a plan.yaml, and win over it. */
export interface PlanFlags {
  file?: string;
  model?: string;
  on?: string;
  node?: string;
  country?: string;
  currency?: string;
  years?: string;
  tokensPerDay?: string;
  input?: string;
  cached?: string;
  output?: string;
  trace?: string;
  rent?: string;
  buy?: string;
  supply?: string;
  precision?: string;
  accelerators?: string;
  context?: string;
  slots?: string;
  kept?: string;
  replicas?: string;
  firstToken?: string;
  ownPrefill?: string;
  timePerToken?: string;
  rate?: string;
  repeat?: string;
  routing?: string;
  prefill?: string;
  samples?: string;
  seed?: string;
}

/** The plan of a file, of options, or of both. Throws a UsageError for options, and a CommandError for what the file has. */
export async function readPlanDocument(
  question: Question,
  given: Readonly<Record<string, string | undefined>>,
  flags: PlanFlags,
): Promise<PlanDocument> {
  const told = parseFlags({ ...fieldsOf(flags), ...given }, (path) =>
    path in given ? `the ${argumentNames[path] ?? path}` : (flagNames[path] ?? `--${path}`),
  );
  const toldDemand = demandFieldsIn(told);
  if (toldDemand.length > 1)
    throw new UsageError(
      `${toldDemand.map((field) => optionsOfDemand[field]).join(" and ")} say the same in two ways; allowed is one of them`,
    );
  const file = flags.file === undefined ? {} : await readFileOf(question, flags.file);
  const inFile = demandFieldsIn(file);
  const pricesInFile = (["prices", "buy"] as const).filter((field) => file[field] !== undefined);
  for (const same of [question === "simulate" ? [] : inFile, pricesInFile])
    if (same.length > 1)
      throw new UsageError(`${flags.file}: ${same.join(" and ")} say the same in two ways; allowed is one of them`);
  const demand = told.demand && wholeDemand(told.demand, file.demand);
  if (toldDemand.length > 0) for (const field of inFile) delete file[field];
  if (told.buy !== undefined) delete file.prices;
  if (file.question !== undefined && file.question !== question)
    throw new UsageError(
      `${flags.file} asks the question ${file.question}; try: sahab plan ${file.question} -f ${flags.file}`,
    );
  return {
    ...file,
    ...told,
    ...(told.goal && { goal: { ...file.goal, ...told.goal } }),
    demand: demand ?? file.demand,
  };
}

/** The demand of the options; where they lack its input or output, the file's demand fills in. Throws a UsageError for what is in neither. */
function wholeDemand(told: ToldDemand, inFile: Demand | undefined): Demand {
  const { input, output, cached } = told.input && told.output ? told : { ...inFile, ...told };
  if (input && output) return { input, output, cached };
  const missing = [...(input ? [] : ["--input"]), ...(output ? [] : ["--output"])];
  throw new UsageError(missing.map((name) => `${name}: it is missing; expected a number or a text`).join("\n"));
}

type Demand = NonNullable<PlanDocument["demand"]>;
type ToldDemand = NonNullable<z.infer<typeof optionsSchema>["demand"]>;

/** Where a day's tokens are from, and the options that say so. */
const optionsOfDemand = {
  tokens_per_day: "--tokens-per-day",
  demand: "--input, --cached, --output",
  trace: "--trace",
} as const;

function demandFieldsIn(document: Readonly<Partial<Record<keyof typeof optionsOfDemand, unknown>>>) {
  const fields = Object.keys(optionsOfDemand) as (keyof typeof optionsOfDemand)[];
  return fields.filter((field) => document[field] !== undefined);
}

/** A trace in the place of a plan.yaml is the demand. */
async function readFileOf(question: Question, file: string): Promise<PlanDocument> {
  const takesTrace = question === "demand" || question === "buy-or-own";
  return takesTrace && /\.(csv|jsonl)$/i.test(file) ? { trace: file } : readPlanFile(file);
}

function fieldsOf(flags: PlanFlags): object {
  const { on, tokensPerDay, currency, input, cached, output, firstToken, ownPrefill, timePerToken } = flags;
  const goal = known({ first_token: firstToken, own_prefill: ownPrefill, time_per_token: timePerToken });
  const demand = known({ input, cached, output });
  return {
    ...Object.fromEntries(sameNames.map((name) => [name, flags[name]])),
    currency: currency?.toUpperCase(),
    hardware: on,
    tokens_per_day: tokensPerDay,
    ...(Object.keys(goal).length > 0 && { goal }),
    ...(Object.keys(demand).length > 0 && { demand }),
  };
}

/** Options that a plan.yaml calls the same. */
const sameNames = [
  ...(["model", "node", "country", "years", "trace", "rent", "buy", "supply", "precision"] as const),
  ...(["accelerators", "context", "slots", "kept"] as const),
  ...(["replicas", "rate", "repeat", "routing", "prefill", "samples", "seed"] as const),
] as const;

function known(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What is called otherwise on the command line than in a plan.yaml. */
const flagNames: Readonly<Record<string, string>> = {
  hardware: "--on",
  tokens_per_day: "--tokens-per-day",
  "demand.input": "--input",
  "demand.cached": "--cached",
  "demand.output": "--output",
  "goal.first_token": "--first-token",
  "goal.own_prefill": "--own-prefill",
  "goal.time_per_token": "--time-per-token",
};
const argumentNames: Readonly<Record<string, string>> = { capital: "amount" };

function parseFlags(fields: object, nameOf: (path: string) => string) {
  const raw = known(fields);
  const result = optionsSchema.safeParse(raw);
  if (result.success) return result.data;
  const problems = tellingIssues(result.error.issues)
    .flatMap((issue) => describeIssue(issue, raw, planFieldsAt))
    .map(placeProblem)
    .map(({ path, message }) => `${nameOf(path)}: ${message}`);
  throw new UsageError(problems.join("\n"));
}
