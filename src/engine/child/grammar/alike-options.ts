import { isObject, type JsonObject } from "../../../call/index.ts";

/**
 * How many of the options of an `anyOf` may be possible at the same time deep inside a value: llama.cpp follows each on its own,
 * so that options of options multiply. Options are told apart by the kind of value, by their first property, or by a property
 * with listed values before the first one that holds others.
 */
export function countAlike(options: readonly JsonObject[]): number {
  const objects = options.filter((option) => mayBe(option, "object")).map(describe);
  const arrays = options.filter((option) => mayBe(option, "array")).length;
  const alike = objects.length > comparedMax ? objects.length : mostAlike(objects);
  return Math.max(1, alike, arrays);
}

/** Each is compared with all others. */
const comparedMax = 200;

interface Described {
  /** The properties that an object may begin with; undefined for any. */
  firstNames: ReadonlySet<string> | undefined;
  /** The listed values of required properties that come before any that holds others, as JSON. */
  literals: ReadonlyMap<string, ReadonlySet<string>>;
}

function mayBe({ type, properties, items, enum: listed, const: only }: JsonObject, kind: "object" | "array"): boolean {
  if (listed !== undefined || only !== undefined) return false;
  if (type !== undefined) return type === kind || (Array.isArray(type) && type.includes(kind));
  return kind === "object" ? items === undefined : properties === undefined;
}

function describe(option: JsonObject): Described {
  const properties = isObject(option["properties"]) ? option["properties"] : {};
  const required = new Set<unknown>(Array.isArray(option["required"]) ? option["required"] : []);
  const names = Object.keys(properties);
  const first = names.findIndex((name) => required.has(name));
  const literals = new Map<string, Set<string>>();
  for (const name of names) {
    const schema = properties[name];
    const values = isObject(schema) ? literalsOf(schema) : undefined;
    if (values && required.has(name)) literals.set(name, values);
    if (!values && !isScalar(schema)) break;
  }
  const isOpen = names.length === 0 || option["anyOf"] !== undefined || option["oneOf"] !== undefined;
  const firstNames = isOpen ? undefined : new Set(first === -1 ? names : names.slice(0, first + 1));
  return { firstNames, literals };
}

function literalsOf(schema: JsonObject): Set<string> | undefined {
  const { enum: listed, const: only } = schema;
  if (only !== undefined) return new Set([JSON.stringify(only)]);
  return Array.isArray(listed) ? new Set(listed.map((value) => JSON.stringify(value))) : undefined;
}

const scalarTypes = new Set<unknown>(["string", "integer", "number", "boolean", "null"]);

function isScalar(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const { type } = schema;
  return Array.isArray(type) ? type.every((one) => scalarTypes.has(one)) : scalarTypes.has(type);
}

function mostAlike(objects: readonly Described[]): number {
  let most = 0;
  for (const one of objects)
    most = Math.max(most, objects.filter((other) => one === other || areAlike(one, other)).length);
  return most;
}

function areAlike(one: Described, other: Described): boolean {
  if (one.firstNames && other.firstNames?.isDisjointFrom(one.firstNames)) return false;
  for (const [name, values] of one.literals) if (other.literals.get(name)?.isDisjointFrom(values)) return false;
  return true;
}
