type Schema = Record<string, unknown>;

/** No grammar can be made for a schema; the message names the place and the keyword. */
export class SchemaError extends Error {}

interface GbnfOptions {
  /** Refuse keywords that a grammar cannot enforce, so that every text is valid for the schema; otherwise ignore them. */
  strict: boolean;
}

/**
 * Writes rules in llama.cpp's grammar language for JSON that fits a schema. `rules` collects them by name; returns the name
 * of the rule for the schema itself.
 *
 * Objects have the properties that the schema lists, in its order, and no others; a schema that lists none allows what its
 * `additionalProperties` allow. So the grammar allows fewer texts than the schema, but each of them is valid.
 */
export function schemaToGbnf(schema: unknown, rules: Map<string, string>, options: GbnfOptions): string {
  return new Writer(schema, rules, options).write();
}

/** Rules for any JSON value and its parts. White space is bounded, so that a model cannot write it without end. */
export const jsonRules: Readonly<Record<string, string>> = {
  ws: '| " " | "\\n" [ \\t]{0,16}',
  char: '[^"\\\\\\x7F\\x00-\\x1F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4})',
  string: '"\\"" char* "\\""',
  integer: '"-"? ("0" | [1-9] [0-9]{0,15})',
  number: 'integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
  boolean: '"true" | "false"',
  null: '"null"',
  object: '"{" ws (string ws ":" ws value (ws "," ws string ws ":" ws value)*)? ws "}"',
  array: '"[" ws (value (ws "," ws value)*)? ws "]"',
  value: "object | array | string | number | boolean | null",
};

export function gbnfLiteral(text: string): string {
  const escaped = text
    .replace(/[\\"]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

const annotations = new Set([
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
  "strict",
  "nullable",
  "discriminator",
  "example",
  "xml",
  "externalDocs",
]);

const formats: Readonly<Record<string, string>> = {
  date: '"\\"" [0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8]) "\\""',
  time: '"\\"" ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]) "\\""',
  "date-time":
    '"\\"" [0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8]) "T" ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,3})? ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]) "\\""',
  uuid: '"\\"" [0-9a-f]{8} "-" [0-9a-f]{4} "-" [1-5] [0-9a-f]{3} "-" [89ab] [0-9a-f]{3} "-" [0-9a-f]{12} "\\""',
};

const rulesMax = 5_000;
const depthMax = 64;
const repeatMax = 10_000;
/** Bound for all repetitions of a schema together: each becomes a rule in llama.cpp. */
const repeatsMax = 200_000;
/**
 * llama.cpp allows up to 2,000 repetitions: it refuses a higher lower bound, and silently ignores a higher upper bound
 * (measured with node-llama-cpp 3.22.1). Half of that leaves room for the rest of the rule.
 */
const repeatBlock = 1_000;

class Writer {
  readonly #root: unknown;
  readonly #rules: Map<string, string>;
  readonly #options: GbnfOptions;
  readonly #references = new Map<string, string>();
  #repeats = 0;

  constructor(root: unknown, rules: Map<string, string>, options: GbnfOptions) {
    this.#root = root;
    this.#rules = rules;
    this.#options = options;
    for (const [name, rule] of Object.entries(jsonRules)) rules.set(name, rule);
  }

  write(): string {
    return this.#rule(this.#root, "schema", 0);
  }

  /** The name of a rule for the schema. */
  #rule(schema: unknown, place: string, depth: number): string {
    const body = this.#body(schema, place, depth);
    return /^[a-z]+$/.test(body) && body in jsonRules ? body : this.#add(body);
  }

  #add(body: string): string {
    if (this.#rules.size >= rulesMax) throw new SchemaError(`it needs more than ${rulesMax} grammar rules`);
    const name = `r${this.#rules.size}`;
    this.#rules.set(name, body);
    return name;
  }

  #body(schema: unknown, place: string, depth: number): string {
    if (depth > depthMax) throw new SchemaError(`${place} nests deeper than ${depthMax} levels`);
    if (schema === true || schema === undefined) return "value";
    if (schema === false) throw new SchemaError(`${place} is false, which allows no value`);
    if (!isSchema(schema)) throw new SchemaError(`${place} is not a schema: expected an object or a boolean`);
    if (typeof schema["$ref"] === "string") return this.#reference(schema["$ref"], place, depth);
    if ("const" in schema) return gbnfLiteral(JSON.stringify(schema["const"]));
    if (Array.isArray(schema["enum"])) {
      if (schema["enum"].length === 0) throw new SchemaError(`${place}.enum is empty`);
      return schema["enum"].map((value) => gbnfLiteral(JSON.stringify(value))).join(" | ");
    }
    for (const keyword of ["anyOf", "oneOf"] as const) {
      const options = schema[keyword];
      if (!Array.isArray(options)) continue;
      // oneOf demands exactly one match; this relies on options that exclude each other.
      this.#check(schema, place, [keyword, "type"]);
      if (options.length === 0) throw new SchemaError(`${place}.${keyword} is empty`);
      return options.map((option, index) => this.#rule(option, `${place}.${keyword}[${index}]`, depth + 1)).join(" | ");
    }
    if (Array.isArray(schema["allOf"]))
      return this.#body(this.#merge(schema, schema["allOf"], place), place, depth + 1);
    const type = schema["type"] ?? guessType(schema);
    if (Array.isArray(type)) {
      if (type.length === 0) throw new SchemaError(`${place}.type is empty`);
      return type
        .map((one) => this.#add(this.#typed({ ...schema, type: one }, String(one), place, depth, true)))
        .join(" | ");
    }
    return this.#typed(schema, typeof type === "string" ? type : "any", place, depth, false);
  }

  #typed(schema: Schema, type: string, place: string, depth: number, isOneOfTypes: boolean): string {
    // With several types, each uses only its own keywords.
    const check = (known: string[]) => void (isOneOfTypes || this.#check(schema, place, known));
    switch (type) {
      case "object":
        check([
          "type",
          "properties",
          "required",
          "additionalProperties",
          "minProperties",
          "maxProperties",
          "propertyNames",
        ]);
        return this.#object(schema, place, depth);
      case "array":
        check(["type", "items", "prefixItems", "minItems", "maxItems"]);
        return this.#array(schema, place, depth);
      case "string":
        check(["type", "minLength", "maxLength", "format"]);
        return this.#string(schema, place);
      case "integer":
        check(["type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"]);
        return this.#integer(schema, place);
      case "number":
        check(["type", "format"]);
        return "number";
      case "boolean":
      case "null":
        check(["type"]);
        return type;
      case "any":
        check([]);
        return "value";
      default:
        throw new SchemaError(
          `${place}.type is ${JSON.stringify(type)}; object, array, string, integer, number, boolean and null are allowed`,
        );
    }
  }

  #check(schema: Schema, place: string, known: string[]): void {
    if (!this.#options.strict) return;
    for (const keyword of Object.keys(schema)) {
      if (annotations.has(keyword) || known.includes(keyword) || keyword.startsWith("x-")) continue;
      throw new SchemaError(`${place}.${keyword} cannot be enforced while a model writes`);
    }
  }

  #reference(reference: string, place: string, depth: number): string {
    const known = this.#references.get(reference);
    if (known !== undefined) return known;
    if (!reference.startsWith("#"))
      throw new SchemaError(
        `${place}.$ref is ${JSON.stringify(reference)}; only references within the schema (#/…) are allowed`,
      );
    let target: unknown = this.#root;
    for (const part of reference.slice(1).split("/").filter(Boolean)) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      target =
        typeof target === "object" && target !== null && Object.hasOwn(target, key)
          ? (target as Schema)[key]
          : undefined;
    }
    if (target === undefined)
      throw new SchemaError(`${place}.$ref is ${JSON.stringify(reference)}, which leads nowhere`);
    // The rule gets its name before its body is known, so that a schema may refer to itself.
    const name = this.#add("");
    this.#references.set(reference, name);
    const body = this.#body(target, reference, depth + 1);
    if (body === name)
      throw new SchemaError(`${place}.$ref is ${JSON.stringify(reference)}, which refers only to itself`);
    this.#rules.set(name, body);
    return name;
  }

  #merge(schema: Schema, all: unknown[], place: string): Schema {
    const { allOf: _, ...merged } = schema;
    for (const [index, given] of all.entries()) {
      let part = given;
      if (isSchema(part) && typeof part["$ref"] === "string") {
        part = part["$ref"]
          .slice(1)
          .split("/")
          .filter(Boolean)
          .reduce<unknown>((at, key) => (isSchema(at) ? at[key] : undefined), this.#root);
      }
      if (!isSchema(part)) throw new SchemaError(`${place}.allOf[${index}] is not a schema object`);
      for (const [keyword, value] of Object.entries(part)) {
        if (keyword === "properties")
          merged["properties"] = { ...(merged["properties"] as Schema | undefined), ...(value as Schema) };
        else if (keyword === "required")
          merged["required"] = [
            ...new Set([...((merged["required"] as string[] | undefined) ?? []), ...(value as string[])]),
          ];
        else if (!(keyword in merged) || annotations.has(keyword)) merged[keyword] = value;
        else if (JSON.stringify(merged[keyword]) !== JSON.stringify(value))
          throw new SchemaError(`${place}.allOf[${index}].${keyword} differs from the same keyword beside it`);
      }
    }
    return merged;
  }

  #object(schema: Schema, place: string, depth: number): string {
    const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
    const required = new Set(Array.isArray(schema["required"]) ? schema["required"].map(String) : []);
    const additional = schema["additionalProperties"];
    const names = Object.keys(properties);
    for (const name of required) if (!names.includes(name)) names.push(name);
    for (const keyword of ["minProperties", "maxProperties", "propertyNames"]) {
      if (schema[keyword] !== undefined && this.#options.strict)
        throw new SchemaError(`${place}.${keyword} cannot be enforced while a model writes`);
    }
    if (names.length === 0) {
      if (additional === false) return '"{" ws "}"';
      if (additional === undefined || additional === true) return "object";
      const value = this.#rule(additional, `${place}.additionalProperties`, depth + 1);
      const pair = this.#add(`string ws ":" ws ${value}`);
      return `"{" ws (${pair} (ws "," ws ${pair})*)? ws "}"`;
    }
    const pairs = names.map((name) => {
      const value = this.#rule(properties[name], `${place}.properties.${name}`, depth + 1);
      return {
        required: required.has(name),
        rule: this.#add(`${gbnfLiteral(JSON.stringify(name))} ws ":" ws ${value}`),
      };
    });
    // `rest`: what may follow when an earlier property has been written; `first`: when none has.
    let rest = "";
    let first = "";
    for (const pair of pairs.toReversed()) {
      const restName: string = rest === "" ? "" : this.#add(rest);
      const firstName: string = first === "" ? "" : this.#add(first);
      rest = pair.required
        ? `ws "," ws ${pair.rule} ${restName}`
        : restName === ""
          ? `(ws "," ws ${pair.rule})?`
          : `(ws "," ws ${pair.rule})? ${restName}`;
      if (pair.required) first = `${pair.rule} ${restName}`;
      else first = `${pair.rule} ${restName} | ${firstName === "" ? '""' : firstName}`;
    }
    return `"{" ws (${first}) ws "}"`;
  }

  #array(schema: Schema, place: string, depth: number): string {
    const minItems = readBound(schema["minItems"], `${place}.minItems`) ?? 0;
    const maxItems = readBound(schema["maxItems"], `${place}.maxItems`);
    if (maxItems !== undefined && maxItems < minItems)
      throw new SchemaError(`${place}.maxItems is ${maxItems}, less than minItems ${minItems}`);
    const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
    if (prefix.length > 0) {
      const items = prefix.map((item, index) => this.#rule(item, `${place}.prefixItems[${index}]`, depth + 1));
      const wanted = Math.max(minItems, Math.min(prefix.length, maxItems ?? prefix.length));
      if (wanted > items.length) {
        this.#countRepeats(wanted - items.length);
        const more = this.#rule(schema["items"] === false ? undefined : schema["items"], `${place}.items`, depth + 1);
        while (items.length < wanted) items.push(more);
      }
      return `"[" ws ${items.slice(0, wanted).join(' ws "," ws ')} ws "]"`;
    }
    if (maxItems === 0) return '"[" ws "]"';
    const item = this.#rule(schema["items"], `${place}.items`, depth + 1);
    const more = this.#add(`ws "," ws ${item}`);
    const low = Math.max(0, minItems - 1);
    const repeat = this.#repeat(more, low, maxItems === undefined ? undefined : maxItems - 1);
    return minItems === 0 ? `"[" ws (${item} ${repeat})? ws "]"` : `"[" ws ${item} ${repeat} ws "]"`;
  }

  #string(schema: Schema, place: string): string {
    const format = schema["format"];
    const minLength = readBound(schema["minLength"], `${place}.minLength`) ?? 0;
    const maxLength = readBound(schema["maxLength"], `${place}.maxLength`);
    if (typeof format === "string" && formats[format] && minLength === 0 && maxLength === undefined)
      return formats[format];
    if (minLength === 0 && maxLength === undefined) return "string";
    if (maxLength !== undefined && maxLength < minLength)
      throw new SchemaError(`${place}.maxLength is ${maxLength}, less than minLength ${minLength}`);
    return `"\\"" ${this.#repeat("char", minLength, maxLength)} "\\""`;
  }

  /** `unit` from `low` to `high` times, split into blocks that llama.cpp accepts. */
  #repeat(unit: string, low: number, high: number | undefined): string {
    this.#countRepeats(high ?? low);
    const parts: string[] = [];
    for (let left = low; left > 0; left -= repeatBlock)
      parts.push(this.#add(`${unit}{${Math.min(left, repeatBlock)}}`));
    if (high === undefined) parts.push(`${unit}*`);
    else if (high > low) parts.push(this.#upTo(unit, high - low));
    return parts.join(" ");
  }

  /** Only a full block leads to the next one, so that the same text can never be parsed in more than two ways. */
  #upTo(unit: string, most: number): string {
    if (most <= repeatBlock) return this.#add(`${unit}{0,${most}}`);
    const rest = this.#upTo(unit, most - repeatBlock);
    return this.#add(`${unit}{0,${repeatBlock - 1}} | ${unit}{${repeatBlock}} ${rest}`);
  }

  #countRepeats(count: number): void {
    this.#repeats += count;
    if (this.#repeats > repeatsMax)
      throw new SchemaError(`its lengths and numbers of items add up to more than ${repeatsMax}`);
  }

  #integer(schema: Schema, place: string): string {
    const read = (keyword: string) => {
      const value = schema[keyword];
      if (value === undefined) return undefined;
      if (typeof value !== "number" || !Number.isFinite(value))
        throw new SchemaError(`${place}.${keyword} is not a number`);
      return value;
    };
    const above = read("exclusiveMinimum");
    const below = read("exclusiveMaximum");
    const low = Math.max(
      Math.ceil(read("minimum") ?? -Infinity),
      above === undefined ? -Infinity : Math.floor(above) + 1,
    );
    const high = Math.min(
      Math.floor(read("maximum") ?? Infinity),
      below === undefined ? Infinity : Math.ceil(below) - 1,
    );
    if (low > high) throw new SchemaError(`${place} allows no integer: its minimum is above its maximum`);
    if (low === -Infinity && high === Infinity) return "integer";
    return integerRange(Math.max(low, -integerMax), Math.min(high, integerMax));
  }
}

/** It fits sixteen digits, and a double holds it exactly. */
const integerMax = Number.MAX_SAFE_INTEGER;

/** A rule for the decimal integers from low to high, both included. */
export function integerRange(low: number, high: number): string {
  const options: string[] = [];
  if (low < 0) options.push(...naturalRange(Math.max(1, -high), -low).map((option) => `"-" ${option}`));
  if (high >= 0) options.push(...naturalRange(Math.max(0, low), high));
  return options.join(" | ");
}

/** Alternatives that together match the natural numbers from low to high: one for each span of numbers with the same leading digits and any trailing digits. */
function naturalRange(low: number, high: number): string[] {
  const spans: string[] = [];
  let from = BigInt(low);
  const last = BigInt(high);
  while (from <= last) {
    let size = 1n;
    // The largest power of ten that divides the start, as long as the span stays within the range.
    while (from % (size * 10n) === 0n && from !== 0n && from + size * 10n - 1n <= last) size *= 10n;
    const digit = (from / size) % 10n;
    let steps = 1n;
    while (digit + steps <= 9n && from + size * (steps + 1n) - 1n <= last) steps++;
    const head = (from / size / 10n).toString();
    const free = size.toString().length - 1;
    const lead = head === "0" ? "" : `${gbnfLiteral(head)} `;
    spans.push(`${lead}[${digit}-${digit + steps - 1n}]${free === 0 ? "" : ` [0-9]{${free}}`}`);
    from += size * steps;
  }
  return spans;
}

function readBound(value: unknown, place: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new SchemaError(`${place} is not a natural number`);
  if (value > repeatMax) throw new SchemaError(`${place} is ${value}; at most ${repeatMax} is allowed`);
  return value;
}

function guessType(schema: Schema): string | undefined {
  if ("properties" in schema || "required" in schema || "additionalProperties" in schema) return "object";
  if ("items" in schema || "prefixItems" in schema || "minItems" in schema || "maxItems" in schema) return "array";
  if ("minLength" in schema || "maxLength" in schema) return "string";
  return undefined;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
