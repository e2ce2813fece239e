import { tellingIssues } from "../../base/telling-issues.ts";
import { describeIssue, placeProblem } from "../../config/index.ts";
import { CommandError, UsageError } from "../command-error.ts";
import { planFieldsAt, planSchema, type PlanDocument, type Question } from "./plan-schema.ts";
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
  rent?: string;
  buy?: string;
  supply?: string;
  precision?: string;
}

/** The plan of a file, of options, or of both. Throws a UsageError for the options and a CommandError for the file. */
export async function readPlanDocument(
  question: Question,
  given: Readonly<Record<string, string | undefined>>,
  flags: PlanFlags,
): Promise<PlanDocument> {
  const told = parseFlags({ ...fieldsOf(flags), ...given });
  const file = flags.file === undefined ? {} : await readPlanFile(flags.file);
  if (file.question !== undefined && file.question !== question)
    throw new CommandError(
      `${flags.file} asks the question ${file.question}; try: sahab plan ${file.question} -f ${flags.file}`,
    );
  return { ...file, ...told };
}

function fieldsOf({ on, node, tokensPerDay, input, cached, output, file: _file, ...flags }: PlanFlags): object {
  const { model, country, currency, years, rent, buy, precision, supply } = flags;
  const isDemand = input !== undefined || cached !== undefined || output !== undefined;
  return {
    model,
    country,
    currency: currency?.toUpperCase(),
    years,
    rent,
    buy,
    supply,
    precision,
    hardware: on,
    node: node === undefined ? undefined : Number(node),
    tokens_per_day: tokensPerDay,
    ...(isDemand && { demand: known({ input, cached, output }) }),
  };
}

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
  capital: "the amount",
  power: "the power",
};

function parseFlags(fields: object): PlanDocument {
  const raw = known(fields);
  const result = planSchema.safeParse(raw);
  if (result.success) return result.data;
  const problems = tellingIssues(result.error.issues)
    .flatMap((issue) => describeIssue(issue, raw, planFieldsAt))
    .map(placeProblem)
    .map(({ path, message }) => `${flagNames[path] ?? `--${path}`}: ${message}`);
  throw new UsageError(problems.join("\n"));
}
