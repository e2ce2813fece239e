import type { z } from "zod";
import { askSimilar } from "../base/find-similar.ts";
import { describeWanted } from "../base/issue-words.ts";
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
      // YAML reads `{ input: 0,10 }` as two fields.
      if (place.endsWith("price") && /^\d+$/.test(key))
        return `${formatPath([...issue.path, key])}: unknown field; if it is behind a decimal comma, write a point instead, such as 0.25`;
      const told = known ? `; allowed: ${known.join(", ")}${askMeant(place, key, known)}` : "";
      return `${formatPath([...issue.path, key])}: unknown field${told}`;
    });
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], root);
  const shown = mayBeSecret(issue.path) ? describeHidden(issue.path, found) : describeValue(found);
  const isVendor = issue.path[0] === "providers" && issue.path[2] === "vendor";
  const meant = isVendor && typeof found === "string" ? vendorMeant(found) : undefined;
  if (meant !== undefined) return [`${place}: found ${shown}, which is no vendor here; did you mean ${meant}?`];
  const isWord = issue.code === "invalid_value" && typeof found === "string" && !mayBeSecret(issue.path);
  const near = isWord ? askSimilar(found, issue.values.map(String)) : "";
  return [`${place || "the document"}: ${describeWanted(issue)}; found ${shown}${near}`];
}

/** Of an address one may be told that its beginning is missing; the rest may hold a password. */
function describeHidden(path: readonly PropertyKey[], found: unknown): string {
  const isBare = path.at(-1) === "base_url" && typeof found === "string" && !found.includes("://");
  return isBare ? "a hidden value without http:// or https:// before it" : "a hidden value";
}

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
