import { isObject, type JsonObject } from "../../../call/index.ts";
import type { GrammarRules } from "./gbnf.ts";

/**
 * How many of the options of an `anyOf` may be possible at the same time deep inside a value: llama.cpp follows each on its own,
 * so that options of options multiply. Options are told apart by the kind of value, by their first property, or by a property
 * with listed values before the first one that holds others.
 */
export function countAlike(options: readonly JsonObject[], rules: GrammarRules): number {
  const objects = options.filter((option) => mayBe(option, "object"));
  const arrays = options.filter((option) => mayBe(option, "array")).length;
  const alike =
    objects.length > comparedMax
      ? objects.length
      : mostAlike(
          objects.map((option) => describe(option, rules)),
          rules,
        );
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

function describe(option: JsonObject, rules: GrammarRules): Described {
  const properties = isObject(option["properties"]) ? option["properties"] : {};
  const required = new Set<unknown>(Array.isArray(option["required"]) ? option["required"] : []);
  const names = Object.keys(properties);
  rules.visit(names.length);
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

function mostAlike(objects: readonly Described[], rules: GrammarRules): number {
  const sharing = sharedValues(objects);
  let most = 0;
  for (const one of objects) {
    let alike = 1;
    for (const other of sharing?.(one) ?? objects) {
      if (one === other) continue;
      rules.visit(1 + costOf(one, other));
      if (areAlike(one, other)) alike++;
    }
    most = Math.max(most, alike);
  }
  return most;
}

/** The options that share a value with one, where all list values of one property: usually only itself. */
function sharedValues(objects: readonly Described[]): ((one: Described) => Iterable<Described>) | undefined {
  const name = [...(objects[0]?.literals.keys() ?? [])].find((literal) =>
    objects.every(({ literals }) => literals.has(literal)),
  );
  if (name === undefined) return undefined;
  const byValue = new Map<string, Described[]>();
  for (const one of objects) {
    for (const value of one.literals.get(name) ?? []) {
      const others = byValue.get(value);
      if (others) others.push(one);
      else byValue.set(value, [one]);
    }
  }
  return (one) => new Set([...(one.literals.get(name) ?? [])].flatMap((value) => byValue.get(value) ?? []));
}

/** Values that a comparison looks at, in tens. */
function costOf(one: Described, other: Described): number {
  let values = Math.min(one.firstNames?.size ?? 0, other.firstNames?.size ?? 0);
  for (const [name, listed] of one.literals) values += Math.min(listed.size, other.literals.get(name)?.size ?? 0);
  return values / 10;
}

function areAlike(one: Described, other: Described): boolean {
  if (one.firstNames && other.firstNames?.isDisjointFrom(one.firstNames)) return false;
  for (const [name, values] of one.literals) if (other.literals.get(name)?.isDisjointFrom(values)) return false;
  return true;
}
