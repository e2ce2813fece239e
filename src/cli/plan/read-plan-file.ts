import { tellingIssues } from "../../base/telling-issues.ts";
import { describeIssue, placeProblem } from "../../config/index.ts";
import { CommandError } from "../command-error.ts";
import { readYamlFile } from "../yaml-file.ts";
import { planFieldsAt, planSchema, type PlanDocument } from "./plan-schema.ts";

/** More than a person reads at once. */
const problemsMax = 50;

/** Reads a plan.yaml; `-` is standard input. Throws a CommandError with each problem, its line and what is allowed. */
export async function readPlanFile(file: string): Promise<PlanDocument> {
  const { parsed, describe } = await readYamlFile(file);
  const result = planSchema.safeParse(parsed);
  if (result.success) return result.data;
  const problems = tellingIssues(result.error.issues)
    .flatMap((issue) => describeIssue(issue, parsed, planFieldsAt))
    .map((problem) => describe(placeProblem(problem)));
  const told = problems.slice(0, problemsMax);
  if (problems.length > told.length) told.push(`and ${problems.length - told.length} more`);
  throw new CommandError(told.join("\n"));
}
