import type { z } from "zod";
import { askSimilar } from "../base/find-similar.ts";
import { ownValue } from "../base/own-value.ts";
import { showFieldName, showText } from "../base/printable.ts";
import { vendorMeant } from "../vendor/index.ts";
import { allowedFields } from "./schema/cloud-schema.ts";
import { mayBeSecret } from "./schema/provider-schema.ts";

/**
 * What the schema found wrong with a cloud.yaml, a line for each field: where, what is allowed, and what was found unless it may be secret.
 * `fieldsAt` names the fields of the object at a path, for documents of another schema.
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  fieldsAt: (path: readonly PropertyKey[]) => readonly string[] | undefined = allowedFields,
): string[] {
  const place = formatPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = fieldsAt(issue.path);
    const place = issue.path.filter((part) => typeof part === "string").join(".");
    return issue.keys.map((key) => {
      const told = known ? `; allowed: ${known.join(", ")}${askMeant(place, key, known)}` : "";
      return `${formatPath([...issue.path, key])}: unknown field${told}`;
    });
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], root);
  const shown = mayBeSecret(issue.path) ? describeHidden(issue.path, found) : describeValue(found);
  const isVendor = issue.path[0] === "providers" && issue.path[2] === "vendor";
  const meant = isVendor && typeof found === "string" ? vendorMeant(found) : undefined;
  if (meant !== undefined) return [`${place}: found ${shown}, which is no vendor here; did you mean ${meant}?`];
  return [`${place || "the document"}: ${describeWanted(issue)}; found ${shown}`];
}

/** Of an address one may be told that its beginning is missing; the rest may hold a password. */
function describeHidden(path: readonly PropertyKey[], found: unknown): string {
  const isBare = path.at(-1) === "base_url" && typeof found === "string" && !found.includes("://");
  return isBare ? "a hidden value without http:// or https:// before it" : "a hidden value";
}

function describeWanted(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value")
    return issue.values.length > valuesQuotedMax
      ? `expected one of ${issue.values.join(", ")}`
      : `expected ${issue.values.map((allowed) => JSON.stringify(allowed)).join(" or ")}`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code === "too_small") return `expected at least ${issue.minimum}${units[issue.origin] ?? ""}`;
  if (issue.code === "too_big") return `expected at most ${issue.maximum}${units[issue.origin] ?? ""}`;
  const type = issue.code === "invalid_type" ? typeNames[issue.expected] : undefined;
  return type === undefined ? issue.message : `expected ${type}`;
}

const valuesQuotedMax = 10;

const units: Readonly<Record<string, string>> = { array: " items", string: " characters" };

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

/** Other programs' words for fields of a model. */
const modelFieldsMeant: Readonly<Record<string, string>> = {
  context_window: "context",
  max_context: "context",
  max_model_len: "context",
  limit: "context and output",
  limits: "context and output",
  max_tokens: "output",
  max_output: "output",
  max_output_tokens: "output",
  max_completion_tokens: "output",
};

function askMeant(place: string, key: string, known: readonly string[]): string {
  const meant = place === "models" ? ownValue(modelFieldsMeant, key.toLowerCase()) : undefined;
  return meant === undefined ? askSimilar(key, known) : `; did you mean ${meant}?`;
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return showText(value);
  // JSON has no word for what is no number.
  return typeof value === "number" ? describeNumber(value) : JSON.stringify(value);
}

function describeNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${nameIn(key)}` : nameIn(key)),
    "",
  );
}

/** A key of the document as it may be shown: a stranger may have chosen it. */
function nameIn(key: PropertyKey): string {
  return showFieldName(String(key));
}
