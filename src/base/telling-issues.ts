import type { z } from "zod";

/**
 * What a schema found wrong, without what follows from a wrong type alone: the library measures a text where a list belongs, too, and
 * would say that it has too many characters.
 */
export function tellingIssues(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const wrongTypes = new Set(issues.filter(({ code }) => code === "invalid_type").map(placeOf));
  return issues.filter((issue) => issue.code === "invalid_type" || !wrongTypes.has(placeOf(issue)));
}

const placeOf = ({ path }: z.core.$ZodIssue) => JSON.stringify(path.map(String));
