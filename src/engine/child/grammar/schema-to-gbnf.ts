import { isObject, type JsonObject } from "../../../call/index.ts";
import { countAlike } from "./alike-options.ts";
import { choiceRule } from "./choice-rule.ts";
import { gbnfLiteral, GrammarTooLarge, jsonRules, type GrammarRules } from "./gbnf.ts";
import { annotations } from "./merge-schemas.ts";
import { readRange, repeatRule } from "./repeat-rule.ts";
import { integerRule, stringRule } from "./scalar-rules.ts";
import { SchemaDocument, type Placed } from "./schema-document.ts";
import { nameValue, SchemaProblems } from "./schema-problems.ts";
import { fitsSchema, judgedKeywords, readTypes, type JsonType } from "./schema-types.ts";

interface GbnfOptions {
  /** Where the client has the schema: the places of errors and of what is left out begin with it. */
  place: string;
  /** Refuse what a grammar cannot enforce, so that every text is valid for the schema; otherwise leave it out. */
  strict: boolean;
}

/**
 * Adds rules for JSON that fits a schema. Returns the name of the rule for the schema itself, and the places of what it does
 * not enforce. Throws a `SchemaError` only where the schema is strict.
 *
 * Objects have the properties that the schema lists, in its order, and no others; a schema that lists none allows what its
 * `additionalProperties` allow. So the grammar allows fewer texts than the schema, but each of them is valid.
 */
export function schemaToGbnf(
  schema: unknown,
  rules: GrammarRules,
  options: GbnfOptions,
): { rule: string; leftOut: string[] } {
  const problems = new SchemaProblems(options);
  try {
    const rule = rules.attempt(() => new Writer({ schema, place: options.place }, rules, problems).write());
    return { rule, leftOut: problems.places };
  } catch (error) {
    if (!(error instanceof GrammarTooLarge)) throw error;
    problems.leaveOut(options.place, error.message);
    return { rule: anyValueRule(schema), leftOut: [options.place] };
  }
}

/** The name of the rule for any JSON of the kind that a schema is about. */
export function anyValueRule(schema: unknown): "object" | "value" {
  return isObject(schema) && (schema["type"] === "object" || isObject(schema["properties"])) ? "object" : "value";
}

const depthMax = 64;

/** Where a schema is in the whole. */
interface At {
  place: string;
  depth: number;
  /** The schemas of the same value that are being written: one of them that comes again refers only to itself. */
  open: readonly JsonObject[];
  /** How many options of unions around it llama.cpp may have to follow at the same time. */
  width: number;
}

/**
 * 100 options at the same time take llama.cpp 8 ms for a text of 20 characters, 1,000 take 680; with 200 each further character
 * takes 3 ms, with one 9 µs.
 */
const widthMax = 100;

class Writer {
  readonly #root: Placed;
  readonly #document: SchemaDocument;
  readonly #rules: GrammarRules;
  readonly #problems: SchemaProblems;
  /** The rule of each schema that is written, or that was named because it refers to itself; undefined for no value. */
  readonly #written = new Map<JsonObject, string | undefined>();
  readonly #underWay = new Map<JsonObject, At>();
  /** How much wider it gets within a schema that is written. */
  readonly #widening = new Map<JsonObject, number>();
  /** The widest place of the schema that is being written. */
  #widest = 1;

  constructor(root: Placed, rules: GrammarRules, problems: SchemaProblems) {
    this.#root = root;
    this.#document = new SchemaDocument(root, rules, problems);
    this.#rules = rules;
    this.#problems = problems;
  }

  write(): string {
    return this.#someRule(this.#root.schema, { place: this.#root.place, depth: 0, open: [], width: 1 });
  }

  /** The name of a rule for a schema that must allow something. */
  #someRule(schema: unknown, at: At): string {
    const rule = this.#rule(schema, at);
    if (rule === undefined) this.#problems.leaveOut(at.place, "allows no value");
    return rule ?? "value";
  }

  /** The name of a rule for the schema; undefined where it allows no value. */
  #rule(schema: unknown, at: At): string | undefined {
    if (schema === undefined || schema === true) return "value";
    if (schema === false) return undefined;
    if (!isObject(schema)) {
      this.#problems.leaveOut(at.place, `expected a schema (an object or a boolean), found ${nameValue(schema)}`);
      return "value";
    }
    if (at.open.includes(schema)) return undefined;
    const outer = this.#underWay.get(schema);
    const width = outer && at.width > outer.width ? Infinity : at.width * (this.#widening.get(schema) ?? 1);
    if (width > widthMax) {
      this.#problems.leaveOut(
        at.place,
        `is in too many options that begin alike; at most ${widthMax} may be possible at once`,
      );
      return "value";
    }
    this.#widest = Math.max(this.#widest, width);
    if (this.#written.has(schema)) return this.#written.get(schema);
    if (outer) {
      const name = this.#rules.reserve();
      this.#written.set(schema, name);
      return name;
    }
    if (at.depth > depthMax) {
      this.#problems.leaveOut(at.place, `nests deeper than ${depthMax} levels`);
      return "value";
    }
    const widestBefore = this.#widest;
    this.#widest = at.width;
    this.#underWay.set(schema, at);
    const body = this.#body(schema, { ...at, depth: at.depth + 1, open: [...at.open, schema] });
    this.#underWay.delete(schema);
    this.#widening.set(schema, this.#widest / at.width);
    this.#widest = Math.max(widestBefore, this.#widest);
    let name = this.#written.get(schema);
    if (name !== undefined) this.#rules.define(name, body ?? "value");
    else name = body === undefined || body in jsonRules ? body : this.#rules.add(body);
    this.#written.set(schema, name);
    return name;
  }

  #body(schema: JsonObject, at: At): string | undefined {
    const target = this.#document.soleTarget(schema, at.place);
    if (target) return this.#rule(target.schema, { ...at, place: target.place });
    const flat = this.#document.flatten(schema, at.place, [schema]);
    if (!flat) return undefined;
    const body = this.#literals(flat, at.place) ?? this.#alternatives(flat, at) ?? this.#typed(flat, at);
    return flat["nullable"] === true && body !== noValue ? `${body} | null` : body === noValue ? undefined : body;
  }

  /** The values that are listed, as far as they are of the type; undefined where none are. */
  #literals(schema: JsonObject, place: string): string | undefined {
    const keyword = "const" in schema ? "const" : "enum";
    const listed = keyword === "const" ? [schema["const"]] : schema["enum"];
    if (listed === undefined) return undefined;
    if (!Array.isArray(listed) || listed.length === 0) {
      this.#problems.leaveOut(
        `${place}.enum`,
        `expected at least one value, found ${Array.isArray(listed) ? "none" : nameValue(listed)}`,
      );
      return undefined;
    }
    this.#rules.visit(listed.length);
    const types = readTypes(schema, place, this.#problems);
    const fitting = listed.filter((value) => fitsSchema(value, schema, types));
    if (fitting.length === 0) {
      this.#problems.leaveOut(`${place}.${keyword}`, "has no value that fits the keywords beside it");
      return undefined;
    }
    this.#check(schema, place, ["const", "enum", ...judgedKeywords]);
    const texts = new Set(fitting.map((value) => JSON.stringify(value)));
    for (const text of texts) this.#rules.visit(text.length / 16);
    return choiceRule([...texts].map((text) => ({ text, rest: "" })));
  }

  /** What `anyOf` or `oneOf` allows, each option together with the keywords beside it; undefined where there is neither. */
  #alternatives(schema: JsonObject, at: At): string | undefined {
    // oneOf demands exactly one match; this relies on options that exclude each other.
    const keyword = "anyOf" in schema ? "anyOf" : "oneOf";
    const { [keyword]: options, ...beside } = schema;
    if (options === undefined) return undefined;
    const place = `${at.place}.${keyword}`;
    if (!Array.isArray(options) || options.length === 0) {
      this.#problems.leaveOut(
        place,
        `expected at least one schema, found ${Array.isArray(options) ? "none" : nameValue(options)}`,
      );
      return this.#alternatives(beside, at) ?? this.#typed(beside, at);
    }
    const isAlone = Object.keys(beside).every((name) => annotations.has(name) || name === "nullable");
    const all = options.map((option) => (isAlone || !isObject(option) ? option : { allOf: [beside, option] }));
    const flat = all
      .filter(isObject)
      .map((option) => this.#document.flatten(option, place))
      .filter((option) => option !== undefined);
    const width = at.width * countAlike(flat, this.#rules);
    const rules = all.flatMap(
      (option, index) => this.#rule(option, { ...at, width, place: `${place}[${index}]` }) ?? [],
    );
    return rules.length === 0 ? noValue : [...new Set(rules)].join(" | ");
  }

  #typed(schema: JsonObject, at: At): string {
    const types = readTypes(schema, at.place, this.#problems);
    this.#check(schema, at.place, ["type", "nullable", ...types.flatMap((type) => enforced[type])]);
    if (types.length === 0) return "value";
    return types.map((type) => this.#ofType(type, schema, at)).join(" | ");
  }

  #ofType(type: JsonType, schema: JsonObject, at: At): string {
    const writing = { rules: this.#rules, problems: this.#problems };
    if (type === "object") return this.#object(schema, at);
    if (type === "array") return this.#array(schema, at);
    if (type === "string") return stringRule(schema, at.place, writing);
    return type === "integer" ? integerRule(schema, at.place, writing) : type;
  }

  /** Leaves out the keywords that are not known here. */
  #check(schema: JsonObject, place: string, known: readonly string[]): void {
    for (const keyword of Object.keys(schema)) {
      if (annotations.has(keyword) || known.includes(keyword) || keyword.startsWith("x-")) continue;
      this.#problems.leaveOut(`${place}.${keyword}`, "cannot be enforced while a model writes");
    }
  }

  #object(schema: JsonObject, at: At): string {
    const properties = this.#read(schema, at, "properties", isObject, "an object of schemas") ?? {};
    const listed = this.#read(schema, at, "required", isStringArray, "an array of names") ?? [];
    const required = new Set(listed);
    const names = new Set([...Object.keys(properties), ...required]);
    if (names.size === 0) return this.#map(schema, at);
    let follow = "";
    let mustFollow = false;
    const pairs = [...names].flatMap((name) => this.#pair(name, properties, required.has(name), at) ?? []);
    const run = longestRun(pairs, ({ isRequired }) => !isRequired);
    if (run > optionalRunMax) {
      const found = `has ${run} optional properties in a row; at most ${optionalRunMax} are allowed`;
      this.#problems.leaveOut(`${at.place}.properties`, found);
      return "object";
    }
    // `follow` is the rule for a property from here on and all after it. Each text has one way through these rules.
    for (const pair of pairs.toReversed()) {
      const more = `ws "," ws ${follow}`;
      const rest = follow === "" ? "" : mustFollow ? ` ${more}` : ` (${more})?`;
      follow = this.#rules.add(`${pair.rule}${rest}${pair.isRequired || follow === "" ? "" : ` | ${follow}`}`);
      mustFollow ||= pair.isRequired;
    }
    if (follow === "") return '"{" ws "}"';
    return mustFollow ? `"{" ws ${follow} ws "}"` : `"{" ws (${follow} ws)? "}"`;
  }

  /** A property; undefined for one that may not be there. */
  #pair(
    name: string,
    properties: JsonObject,
    isRequired: boolean,
    at: At,
  ): { rule: string; isRequired: boolean } | undefined {
    this.#rules.visit();
    const inside = { ...at, place: `${at.place}.properties.${name}`, open: [] };
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const value = isRequired ? this.#someRule(schema, inside) : this.#rule(schema, inside);
    if (value === undefined) return undefined;
    return { rule: `${gbnfLiteral(JSON.stringify(name))} ws ":" ws ${value}`, isRequired };
  }

  /** An object that may have any names. */
  #map(schema: JsonObject, at: At): string {
    const { additionalProperties: additional } = schema;
    const place = `${at.place}.additionalProperties`;
    const value = this.#rule(additional, { ...at, place, open: [] });
    if (value === undefined) return '"{" ws "}"';
    if (value === "value") return "object";
    const pair = this.#rules.add(`string ws ":" ws ${value}`);
    return `"{" ws (${pair} (ws "," ws ${pair})*)? ws "}"`;
  }

  #array(schema: JsonObject, at: At): string {
    // Until draft 2019-09 of JSON Schema a list in `items` was what `prefixItems` is now.
    const firstName = Array.isArray(schema["items"]) ? "items" : "prefixItems";
    const othersName = firstName === "items" ? "additionalItems" : "items";
    const first = this.#read(schema, at, firstName, Array.isArray, "an array of schemas") ?? [];
    const inside = (place: string) => ({ ...at, place: `${at.place}.${place}`, open: [] });
    const others = this.#rule(schema[othersName], inside(othersName));
    const bounds = [others ?? "", "minItems", "maxItems"] as const;
    const range = readRange(schema, bounds, at.place, { rules: this.#rules, problems: this.#problems });
    if (first.length > 0) {
      const wanted = Math.max(range.low, Math.min(first.length, range.high ?? first.length));
      const items = first.slice(0, wanted).map((item, index) => this.#someRule(item, inside(`${firstName}[${index}]`)));
      while (items.length < wanted) items.push(others ?? "value");
      return `"[" ws ${items.join(' ws "," ws ')} ws "]"`;
    }
    if (others === undefined && range.low > 0) this.#problems.leaveOut(`${at.place}.${othersName}`, "allows no value");
    if (range.high === 0 || (others === undefined && range.low === 0)) return '"[" ws "]"';
    const item = others ?? "value";
    const more = this.#rules.add(`ws "," ws ${item}`);
    const afterFirst = { low: Math.max(0, range.low - 1), high: range.high === undefined ? undefined : range.high - 1 };
    const list = `${item} ${repeatRule(more, afterFirst, this.#rules)}`;
    return range.low === 0 ? `"[" ws (${list} ws)? "]"` : `"[" ws ${list} ws "]"`;
  }

  /** A keyword of the form that it must have; undefined where it is not there or left out. */
  #read<T>(
    schema: JsonObject,
    at: At,
    keyword: string,
    isGood: (value: unknown) => value is T,
    expected: string,
  ): T | undefined {
    const value = schema[keyword];
    if (value === undefined || isGood(value)) return value;
    this.#problems.leaveOut(`${at.place}.${keyword}`, `expected ${expected}, found ${nameValue(value)}`);
    return undefined;
  }
}

/**
 * Each optional property that may come next is a state of llama.cpp's, which compares each with all others: 300 in a row
 * take 7 ms to compile, 1,000 take 30, 3,000 take 490.
 */
const optionalRunMax = 500;

function longestRun<T>(items: readonly T[], isOf: (item: T) => boolean): number {
  let longest = 0;
  let run = 0;
  for (const item of items) longest = Math.max(longest, (run = isOf(item) ? run + 1 : 0));
  return longest;
}

/** The body of no rule: nothing is allowed. */
const noValue = "";

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** What a grammar can hold of each type. Unknown formats are annotations, as JSON Schema says. */
const enforced: Readonly<Record<JsonType, readonly string[]>> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "prefixItems", "additionalItems", "minItems", "maxItems"],
  string: ["minLength", "maxLength", "format"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"],
  number: ["format"],
  boolean: [],
  null: [],
};
