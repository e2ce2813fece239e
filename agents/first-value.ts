import { isObject, list, object } from "../src/testing/wire/json.ts";

/** The simplest value that fits a JSON schema, for agents that ask for one. */
export function firstValue(schema: unknown, depth = 0): unknown {
  const { type, enum: allowed, const: only, properties, required, items, anyOf, oneOf } = object(schema);
  if (only !== undefined) return only;
  if (Array.isArray(allowed)) return allowed[0];
  const [choice] = [...list(anyOf), ...list(oneOf)];
  if (choice && depth < 9) return firstValue(choice, depth + 1);
  const kind: unknown = String(
    Array.isArray(type) ? type[0] : (type ?? (properties ? "object" : "string")),
  ).toLowerCase();
  if (kind === "object") {
    const names = Array.isArray(required) ? required.map(String) : Object.keys(object(properties));
    return Object.fromEntries(
      names.map((name) => [name, depth < 9 ? firstValue(object(properties)[name], depth + 1) : null]),
    );
  }
  if (kind === "array") return isObject(items) && depth < 9 ? [firstValue(items, depth + 1)] : [];
  if (kind === "number" || kind === "integer") return 1;
  return kind === "boolean" ? true : kind === "null" ? null : "plain";
}
