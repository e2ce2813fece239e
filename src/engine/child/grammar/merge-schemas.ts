import { isObject, type JsonObject } from "../../../call/index.ts";
import type { SchemaProblems } from "./schema-problems.ts";

/** One schema that allows what both allow; undefined where that is nothing. `place` is that of `other`, for problems. */
export function mergeSchemas(
  schema: JsonObject,
  other: JsonObject,
  place: string,
  problems: SchemaProblems,
): JsonObject | undefined {
  // A map, because a keyword may be named __proto__.
  const merged = new Map(Object.entries(schema));
  for (const [keyword, value] of Object.entries(other)) {
    const present = merged.get(keyword);
    if (present === undefined || present === value) {
      merged.set(keyword, value);
      continue;
    }
    if (annotations.has(keyword)) continue;
    const combined = combine(keyword, present, value);
    if (Array.isArray(combined) && combined.length === 0 && keyword !== "required") return undefined;
    if (combined !== undefined) merged.set(keyword, combined);
    else if (keyword === "anyOf" && !merged.has("oneOf")) merged.set("oneOf", value);
    else if (JSON.stringify(present) !== JSON.stringify(value))
      problems.leaveOut(`${place}.${keyword}`, "differs from the same keyword of a schema that also applies here");
  }
  return Object.fromEntries(merged);
}

/** Keywords that say nothing of which values are allowed. */
export const annotations: ReadonlySet<string> = new Set([
  "title",
  "description",
  "default",
  "examples",
  "$schema",
  "$id",
  "$comment",
  "$anchor",
  "deprecated",
  "readOnly",
  "writeOnly",
  "contentEncoding",
  "contentMediaType",
  "$defs",
  "definitions",
  "components",
  "strict",
  "discriminator",
  "example",
  "xml",
  "externalDocs",
]);

/** What two values of a keyword say together; undefined where no one value says it. */
function combine(keyword: string, a: unknown, b: unknown): unknown {
  const numbers = typeof a === "number" && typeof b === "number";
  if (numbers && lowerBounds.has(keyword)) return Math.max(a, b);
  if (numbers && upperBounds.has(keyword)) return Math.min(a, b);
  if (keyword === "type") return commonTypes(a, b);
  if (keyword === "required" && Array.isArray(a) && Array.isArray(b)) return [...new Set<unknown>([...a, ...b])];
  if (keyword === "properties" && isObject(a) && isObject(b)) return unite(a, b);
  if (keyword === "enum" && Array.isArray(a) && Array.isArray(b)) return commonValues(a, b);
  if (keyword === "items" || keyword === "additionalProperties")
    return a === true ? b : b === true ? a : a === false || b === false ? false : { allOf: [a, b] };
  if (keyword === "nullable") return a === true && b === true;
  return undefined;
}

const lowerBounds = new Set(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]);
const upperBounds = new Set(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]);

/** Every integer is a number. */
function commonTypes(a: unknown, b: unknown): unknown[] {
  const [left, right] = [a, b].map((types): unknown[] => (Array.isArray(types) ? types : [types]));
  const holds = (types: unknown[] | undefined, type: unknown) =>
    types?.includes(type) === true || (type === "integer" && types?.includes("number") === true);
  const common = [...(left ?? []), ...(right ?? [])].filter((type) => holds(left, type) && holds(right, type));
  return [...new Set(common)];
}

function unite(a: JsonObject, b: JsonObject): JsonObject {
  const united = new Map(Object.entries(a));
  for (const [name, schema] of Object.entries(b)) {
    const present = united.get(name);
    united.set(name, present === undefined || present === schema ? schema : { allOf: [present, schema] });
  }
  return Object.fromEntries(united);
}

function commonValues(a: unknown[], b: unknown[]): unknown[] {
  const texts = new Set(b.map((value) => JSON.stringify(value)));
  return a.filter((value) => texts.has(JSON.stringify(value)));
}
