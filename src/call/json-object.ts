/** A JSON object as it was parsed. */
export type JsonObject = Record<string, unknown>;

/** Whether a parsed value is an object of JSON. A number that keeps its digits is an object of the language only. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawJson(value);
}

/** Whether it has no field; a list of its fields is not made. */
export function isEmpty(fields: JsonObject): boolean {
  for (const _ in fields) return false;
  return true;
}

/** Whether the value is a number as `JSON.rawJSON` makes them. */
export function isRawJson(value: unknown): boolean {
  // The first look costs 1 ns, the second 15.
  return typeof value === "object" && value !== null && "rawJSON" in value && isRawJSON(value);
}

const { isRawJSON } = JSON as JSON & { isRawJSON(value: unknown): boolean };
