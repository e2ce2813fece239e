import type { JsonObject } from "../../../call/index.ts";
import { nameValue, type SchemaProblems } from "./schema-problems.ts";

export type JsonType = "object" | "array" | "string" | "integer" | "number" | "boolean" | "null";

/** The types that a schema names, each once; none where it allows any. */
export function readTypes(schema: JsonObject, place: string, problems: SchemaProblems): JsonType[] {
  const stated = schema["type"];
  if (stated === undefined) return guessTypes(schema);
  const types: JsonType[] = [];
  for (const [index, type] of (Array.isArray(stated) ? stated : [stated]).entries()) {
    if (isType(type)) {
      if (!types.includes(type)) types.push(type);
      continue;
    }
    problems.leaveOut(
      Array.isArray(stated) ? `${place}.type[${index}]` : `${place}.type`,
      `expected one of ${jsonTypes.join(", ")}, found ${nameValue(type)}`,
    );
    // Gemini's schemas have their types in capital letters.
    const lower = typeof type === "string" ? type.toLowerCase() : undefined;
    if (isType(lower) && !types.includes(lower)) types.push(lower);
  }
  if (Array.isArray(stated) && stated.length === 0)
    problems.leaveOut(`${place}.type`, `expected at least one of ${jsonTypes.join(", ")}, found none`);
  return types.length === 0 ? guessTypes(schema) : types;
}

/** Whether a value is of the schema's type and within its bounds, as far as these are well written. */
export function fitsSchema(value: unknown, schema: JsonObject, types: readonly JsonType[]): boolean {
  if (schema["type"] !== undefined && types.length > 0 && !types.some((type) => isOfType(value, type)))
    return value === null && schema["nullable"] === true;
  const within = (size: number, low: string, high: string) => {
    const { [low]: least, [high]: most } = schema;
    return !(typeof least === "number" && size < least) && !(typeof most === "number" && size > most);
  };
  if (typeof value === "string") return within(Array.from(value).length, "minLength", "maxLength");
  if (Array.isArray(value)) return within(value.length, "minItems", "maxItems");
  if (typeof value !== "number") return true;
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  return (
    within(value, "minimum", "maximum") &&
    !(typeof above === "number" && value <= above) &&
    !(typeof below === "number" && value >= below)
  );
}

/** What `fitsSchema` judges. */
export const judgedKeywords: readonly string[] = [
  "type",
  "nullable",
  "format",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
];

const jsonTypes: readonly JsonType[] = ["object", "array", "string", "integer", "number", "boolean", "null"];

function isType(type: unknown): type is JsonType {
  return jsonTypes.includes(type as JsonType);
}

function isOfType(value: unknown, type: JsonType): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

/** The type that keywords are for. A value of that type which fits them is valid, even if others would be, too. */
function guessTypes(schema: JsonObject): JsonType[] {
  return keywordsOfTypes.find(([, keywords]) => keywords.some((keyword) => keyword in schema))?.[0] ?? [];
}

const keywordsOfTypes: readonly [JsonType[], string[]][] = [
  [["object"], ["properties", "required", "additionalProperties"]],
  [["array"], ["items", "prefixItems", "minItems", "maxItems"]],
  [["string"], ["minLength", "maxLength"]],
];
