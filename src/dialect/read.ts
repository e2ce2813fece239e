import { SahabError } from "../base/errors.ts";
import { isObject, isRawJson, type JsonObject } from "../call/index.ts";

export { isObject, type JsonObject };

/** Readers of a parsed JSON request: each returns the typed value, or throws an `invalid_request` with the path, what was expected and what was found. */
export function asObject(value: unknown, path: string): JsonObject {
  if (isObject(value)) return value;
  throw wrongType(path, "an object", value);
}

export function asArray(value: unknown, path: string, max: number): unknown[] {
  if (!Array.isArray(value)) throw wrongType(path, "an array", value);
  if (value.length > max) throw invalidField(path, `at most ${max} elements are allowed, found ${value.length}`);
  return value;
}

export function asString(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw wrongType(path, "a string", value);
}

/** Undefined when the field is absent or null; otherwise what `read` returns. */
export function optional<T>(value: unknown, path: string, read: (value: unknown, path: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value, path);
}

export function asBoolean(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrongType(path, "a boolean", value);
}

export function numberIn(min: number, max: number): (value: unknown, path: string) => number {
  return (value, path) => {
    if (typeof value !== "number") throw wrongType(path, `a number from ${min} to ${max}`, value);
    if (value >= min && value <= max) return value;
    throw invalidField(path, `expected a number from ${min} to ${max}, found ${value}`);
  };
}

export function integerIn(min: number, max: number): (value: unknown, path: string) => number {
  return (value, path) => {
    if (typeof value !== "number") throw wrongType(path, "a whole number", value);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw invalidField(path, `expected a whole number from ${min} to ${max}, found ${value}`);
  };
}

/**
 * An id or a name of a vendor's, empty where it has none, or one of more letters than any has: it is written again into each event
 * of a translated stream.
 */
export function readName(value: unknown): string {
  return typeof value === "string" && value.length <= nameCharsMax ? value : "";
}

const nameCharsMax = 512;

/** The fields whose names are not in `known`; undefined when there are none. Safe for a key named `__proto__`. */
export function otherFields(value: JsonObject, known: Pick<ReadonlySet<string>, "has">): JsonObject | undefined {
  for (const key in value) {
    if (!known.has(key)) return Object.fromEntries(Object.entries(value).filter(([key]) => !known.has(key)));
  }
  // Nearly every object ends here; making lists of its fields would be half the cost of decoding it.
  return undefined;
}

export function wrongType(path: string, expected: string, found: unknown): SahabError {
  return invalidField(path, `expected ${expected}, found ${nameType(found)}`);
}

export function invalidField(path: string, problem: string): SahabError {
  return new SahabError("invalid_request", `${path}: ${problem}`, { param: path });
}

function nameType(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (isRawJson(value)) return "number";
  return Array.isArray(value) ? "array" : typeof value;
}
