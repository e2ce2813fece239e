import { tellingIssues } from "../base/telling-issues.ts";
import { describeIssue } from "./describe-issue.ts";
import { findBrokenReferences } from "./find-broken-references.ts";
import { cloudSchema, type CloudConfig } from "./schema/cloud-schema.ts";

export type { CloudConfig, ProviderConfig } from "./schema/cloud-schema.ts";

/** More than a person reads at once, and few enough for an answer. */
export const problemsMax = 50;

/** What is wrong with a configuration, a line each, with its place. */
export class CloudConfigError extends Error {
  readonly problems: string[];
  /** Also those that are too many to be told. */
  readonly allProblems: readonly string[];
  constructor(problems: string[]) {
    const told = problems.slice(0, problemsMax);
    if (problems.length > told.length) told.push(`and ${problems.length - told.length} more`);
    const [only] = problems;
    super(
      problems.length === 1
        ? `The configuration has a problem: ${only}`
        : `The configuration has ${problems.length} problems:\n${told.join("\n")}`,
    );
    this.problems = told;
    this.allProblems = problems;
  }

  /** Those that are told, each with its place by itself. */
  get placed(): PlacedProblem[] {
    return this.allProblems.slice(0, problemsMax).map(placeProblem);
  }
}

export interface PlacedProblem {
  /** Where in the document, such as `models[0].price.input`; empty for the whole. */
  path: string;
  message: string;
}

/** Stands behind the name of what a document does not name in the place of a place. */
export const notInFile = ", which the file does not name and which stays";

/** Every problem begins with its place, which no colon and space is in. */
export function placeProblem(problem: string): PlacedProblem {
  const [, place = "", message = problem] = /^(.*?): (.*)$/s.exec(problem) ?? [];
  if (place.includes(notInFile)) return { path: "", message: problem };
  return { path: place === "the document" ? "" : place, message };
}

/**
 * Parses a configuration that was applied once, and checks names and references within it. It must start although an
 * earlier version refused less; parseCloudConfig is for new ones.
 */
export function parseStoredConfig(value: unknown): CloudConfig {
  if (value === undefined || value === null) {
    // An empty file is a mistake far more often than the wish to take everything away.
    throw new CloudConfigError([
      "the document: expected an object, found nothing; to take resources away, say so with empty lists: providers: []",
    ]);
  }
  const parsed = cloudSchema.safeParse(value);
  if (!parsed.success)
    throw new CloudConfigError(tellingIssues(parsed.error.issues).flatMap((issue) => describeIssue(issue, value)));
  const problems = findBrokenReferences(parsed.data, value);
  if (problems.length > 0) throw new CloudConfigError(problems);
  return parsed.data;
}
