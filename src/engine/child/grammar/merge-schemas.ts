import { isObject, type JsonObject } from "../../../call/index.ts";
import type { GrammarRules } from "./gbnf.ts";
import type { SchemaProblems } from "./schema-problems.ts";

/** Makes one schema of many that all apply. What it looks at of each is counted, and nothing of those before is copied. */
export class SchemaMerge {
  readonly #rules: GrammarRules;
  readonly #problems: SchemaProblems;
  // Maps, because a keyword or a property may be named __proto__.
  readonly #merged: Map<string, unknown>;
  /** Of keywords that several schemas add to: what they have added. */
  #properties: Map<string, unknown> | undefined;
  #required: Set<unknown> | undefined;

  constructor(schema: JsonObject, rules: GrammarRules, problems: SchemaProblems) {
    this.#merged = new Map(Object.entries(schema));
    this.#rules = rules;
    this.#problems = problems;
  }

  /** False where nothing is left that all allow. `place` is that of the schema, for problems. */
  add(schema: JsonObject, place: string): boolean {
    for (const [keyword, value] of Object.entries(schema)) {
      this.#rules.visit();
      const present = this.#merged.get(keyword);
      if (present === undefined || present === value) {
        this.#merged.set(keyword, value);
        continue;
      }
      if (annotations.has(keyword) || this.#collect(keyword, present, value)) continue;
      const combined = combine(keyword, present, value, this.#rules);
      if (Array.isArray(combined) && combined.length === 0) return false;
      if (combined !== undefined) this.#merged.set(keyword, combined);
      else if (keyword === "anyOf" && !this.#merged.has("oneOf")) this.#merged.set("oneOf", value);
      else if (!this.#areAlike(present, value))
        this.#problems.leaveOut(
          `${place}.${keyword}`,
          "differs from the same keyword of a schema that also applies here",
        );
    }
    return true;
  }

  get schema(): JsonObject {
    if (this.#properties) this.#merged.set("properties", Object.fromEntries(this.#properties));
    if (this.#required) this.#merged.set("required", [...this.#required]);
    return Object.fromEntries(this.#merged);
  }

  /** Adds to what is collected of a keyword; false where it is none of those. */
  #collect(keyword: string, present: unknown, value: unknown): boolean {
    if (keyword === "required" && Array.isArray(present) && Array.isArray(value)) {
      if (!this.#required) this.#rules.visit(present.length);
      this.#required ??= new Set(present);
      this.#rules.visit(value.length);
      for (const name of value) this.#required.add(name);
      return true;
    }
    if (keyword !== "properties" || !isObject(present) || !isObject(value)) return false;
    if (!this.#properties) {
      this.#properties = new Map(Object.entries(present));
      this.#rules.visit(this.#properties.size);
    }
    for (const [name, schema] of Object.entries(value)) {
      this.#rules.visit();
      const before = this.#properties.get(name);
      this.#properties.set(name, before === undefined || before === schema ? schema : { allOf: [before, schema] });
    }
    return true;
  }

  #areAlike(a: unknown, b: unknown): boolean {
    if (typeof a !== "object" || typeof b !== "object") return a === b;
    const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
    this.#rules.visit((one.length + other.length) / 16);
    return one === other;
  }
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
function combine(keyword: string, a: unknown, b: unknown, rules: GrammarRules): unknown {
  const numbers = typeof a === "number" && typeof b === "number";
  if (numbers && lowerBounds.has(keyword)) return Math.max(a, b);
  if (numbers && upperBounds.has(keyword)) return Math.min(a, b);
  if (keyword === "type") return commonTypes(a, b);
  if (keyword === "enum" && Array.isArray(a) && Array.isArray(b)) {
    rules.visit(a.length + b.length);
    return commonValues(a, b);
  }
  if (keyword === "items" || keyword === "additionalProperties")
    return a === true ? b : b === true ? a : a === false || b === false ? false : { allOf: [a, b] };
  if (keyword === "nullable") return a === true && b === true;
  return undefined;
}

const lowerBounds = new Set(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]);
const upperBounds = new Set(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]);

/** Every integer is a number. */
function commonTypes(a: unknown, b: unknown): unknown[] {
  const read = (types: unknown) => new Set<unknown>(Array.isArray(types) ? types : [types]);
  const [left, right] = [read(a), read(b)];
  const holds = (types: Set<unknown>, type: unknown) => types.has(type) || (type === "integer" && types.has("number"));
  return [...left.union(right)].filter((type) => holds(left, type) && holds(right, type));
}

function commonValues(a: unknown[], b: unknown[]): unknown[] {
  const texts = new Set(b.map((value) => JSON.stringify(value)));
  return a.filter((value) => texts.has(JSON.stringify(value)));
}
