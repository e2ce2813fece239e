import { limits } from "../../base/limits.ts";
import { asObject, invalidField, isObject, type JsonObject } from "../read.ts";
import { camelFields } from "./camel-fields.ts";

/**
 * A schema in Google's form (a part of OpenAPI 3.0: types in capitals, `nullable`, whole numbers as texts) as JSON Schema. Rule:
 * Google's API reference, "Schema".
 */
export function toJsonSchema(value: unknown, path: string, depth = 0): JsonObject {
  if (depth > limits.jsonDepthMax) throw invalidField(path, `nested more than ${limits.jsonDepthMax} deep`);
  const fields = camelFields(asObject(value, path), path);
  const schema: JsonObject = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field === undefined || field === null || name === "nullable" || name === "propertyOrdering") continue;
    define(schema, name === "example" ? "examples" : name, convert(name, field, `${path}.${name}`, depth));
  }
  return fields["nullable"] === true ? orNull(schema) : schema;
}

function convert(name: string, field: unknown, path: string, depth: number): unknown {
  switch (name) {
    case "type":
      return toType(field);
    case "example":
      return [field];
    case "items":
    case "additionalProperties":
      return isObject(field) ? toJsonSchema(field, path, depth + 1) : field;
    case "anyOf":
    case "prefixItems":
      return Array.isArray(field)
        ? field.map((item, index) => toJsonSchema(item, `${path}[${index}]`, depth + 1))
        : field;
    case "properties":
    case "defs":
    case "$defs":
      return isObject(field) ? toSchemas(field, path, depth) : field;
    default:
      return counts.has(name) && typeof field === "string" && /^\d{1,15}$/.test(field) ? Number(field) : field;
  }
}

function toSchemas(fields: JsonObject, path: string, depth: number): JsonObject {
  const schemas: JsonObject = {};
  for (const [name, field] of Object.entries(fields))
    define(schemas, name, toJsonSchema(field, `${path}.${name}`, depth + 1));
  return schemas;
}

/** Safe for a key named `__proto__`. */
function define(object: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Protocol buffers write 64-bit numbers as texts. */
const counts = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);

function toType(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toType);
  return typeof value === "string" ? value.toLowerCase() : value;
}

function orNull(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  if (typeof type !== "string") return { anyOf: [schema, { type: "null" }] };
  return {
    ...schema,
    type: [type, "null"],
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}
