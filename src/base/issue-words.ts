import type { z } from "zod";

/** What a field of outside data should have been, in our words and not in those of the library that checks it. A schema's own words stay. */
export function describeWanted(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (!isOfLibrary.test(issue.message)) return issue.message;
  if (issue.code === "invalid_value")
    return issue.values.length > valuesQuotedMax
      ? `expected one of ${issue.values.join(", ")}`
      : `expected ${issue.values.map((allowed) => JSON.stringify(allowed)).join(" or ")}`;
  if (issue.code === "too_small") return `expected at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
  if (issue.code === "too_big") return `expected at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
  if (issue.code === "unrecognized_keys") return `unknown field ${issue.keys.join(", ")}`;
  const type = issue.code === "invalid_type" ? typeNames[issue.expected] : undefined;
  return type === undefined ? issue.message : `expected ${type}`;
}

/** `; found a list` where the library says of which type it was, for those who do not have the data at hand; else nothing. */
export function describeReceived(issue: z.core.$ZodIssue): string {
  const received = issue.code === "invalid_type" ? /, received (\w+)$/.exec(issue.message)?.[1] : undefined;
  if (received === undefined) return "";
  return `; found ${received === "undefined" ? "nothing" : (typeNames[received] ?? received)}`;
}

const isOfLibrary = /^(?:Too (?:small|big): |Invalid |Unrecognized key)/;
const valuesQuotedMax = 10;
const units: Readonly<Record<string, string>> = { array: " item", string: " character" };

function unitOf(origin: string, count: number | bigint): string {
  const unit = units[origin];
  return unit === undefined ? "" : Number(count) === 1 ? unit : `${unit}s`;
}

/** What a value should be, by the names of the library that checks it. */
const typeNames: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};
