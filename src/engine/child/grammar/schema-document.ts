import { isObject, type JsonObject } from "../../../call/index.ts";
import type { GrammarRules } from "./gbnf.ts";
import { annotations, SchemaMerge } from "./merge-schemas.ts";
import { nameValue, type SchemaProblems } from "./schema-problems.ts";

/** A part of a schema, and where the client has it. */
export interface Placed {
  schema: unknown;
  place: string;
}

/** A whole schema, in which references are looked up. */
export class SchemaDocument {
  readonly #root: Placed;
  readonly #problems: SchemaProblems;
  readonly #rules: GrammarRules;
  /** Where references lead. */
  readonly #found = new Map<string, Placed | undefined>();
  /** What schemas without circles are with all that applies to them; undefined for no value. */
  readonly #flat = new Map<JsonObject, JsonObject | undefined>();
  /** A schema within itself has been met. */
  #hasCircle = false;

  constructor(root: Placed, rules: GrammarRules, problems: SchemaProblems) {
    this.#root = root;
    this.#rules = rules;
    this.#problems = problems;
  }

  /** What a schema refers to and says nothing more about; undefined for any other schema. */
  soleTarget(schema: JsonObject, place: string): Placed | undefined {
    const { $ref: reference } = schema;
    if (typeof reference !== "string") return undefined;
    if (Object.keys(schema).some((keyword) => keyword !== "$ref" && !annotations.has(keyword))) return undefined;
    return this.#find(reference, place);
  }

  /** The schema with what `$ref` and `allOf` add to it; undefined where that allows no value. */
  flatten(schema: JsonObject, place: string, seen: readonly unknown[] = []): JsonObject | undefined {
    this.#rules.visit();
    if (!("$ref" in schema) && !("allOf" in schema)) return schema;
    if (this.#flat.has(schema)) return this.#flat.get(schema);
    if (seen.length > 2 * flattenDepthMax) {
      this.#problems.leaveOut(place, `refers to others over more than ${flattenDepthMax} levels`);
      return {};
    }
    const hadCircle = this.#hasCircle;
    this.#hasCircle = false;
    const flat = this.#merge(schema, place, seen);
    if (!this.#hasCircle) this.#flat.set(schema, flat);
    this.#hasCircle ||= hadCircle;
    return flat;
  }

  #merge(schema: JsonObject, place: string, seen: readonly unknown[]): JsonObject | undefined {
    const { $ref: _reference, allOf: _parts, ...own } = schema;
    const merge = new SchemaMerge(own, this.#rules, this.#problems);
    for (const part of this.#parts(schema, place)) {
      if (part.schema === false) return undefined;
      // A schema within itself adds nothing.
      if (part.schema === true) continue;
      if (seen.includes(part.schema)) {
        this.#hasCircle = true;
        continue;
      }
      if (!isObject(part.schema)) {
        this.#problems.leaveOut(part.place, `expected a schema, found ${nameValue(part.schema)}`);
        continue;
      }
      const flat = this.flatten(part.schema, part.place, [...seen, schema, part.schema]);
      if (!flat || !merge.add(flat, part.place)) return undefined;
    }
    return merge.schema;
  }

  #parts({ $ref: reference, allOf }: JsonObject, place: string): Placed[] {
    const parts: Placed[] = [];
    if (typeof reference === "string") {
      const target = this.#find(reference, place);
      if (target) parts.push(target);
    } else if (reference !== undefined)
      this.#problems.leaveOut(`${place}.$ref`, `expected a string, found ${nameValue(reference)}`);
    if (Array.isArray(allOf))
      for (const [index, part] of allOf.entries()) parts.push({ schema: part, place: `${place}.allOf[${index}]` });
    else if (allOf !== undefined)
      this.#problems.leaveOut(`${place}.allOf`, `expected an array of schemas, found ${nameValue(allOf)}`);
    return parts;
  }

  /** Follows a JSON pointer; undefined where it leads nowhere and may be left out. */
  #find(reference: string, place: string): Placed | undefined {
    if (this.#found.has(reference)) return this.#found.get(reference);
    const target = this.#follow(reference, place);
    this.#found.set(reference, target);
    return target;
  }

  #follow(reference: string, place: string): Placed | undefined {
    const found = JSON.stringify(reference.slice(0, 200));
    if (!reference.startsWith("#")) {
      this.#problems.leaveOut(
        `${place}.$ref`,
        `${found} is not within the schema; only references that begin with # are allowed`,
      );
      return undefined;
    }
    let target: Placed = this.#root;
    for (const part of readPointer(reference)) {
      this.#rules.visit();
      const { schema } = target;
      const isThere = typeof schema === "object" && schema !== null && Object.hasOwn(schema, part);
      if (!isThere) {
        this.#problems.leaveOut(`${place}.$ref`, `${found} leads nowhere`);
        return undefined;
      }
      target = {
        schema: (schema as JsonObject)[part],
        place: Array.isArray(schema) ? `${target.place}[${part}]` : `${target.place}.${part}`,
      };
    }
    return target;
  }
}

/** Deeper references would need as deep a stack; real ones have a few levels. */
const flattenDepthMax = 64;

function readPointer(reference: string): string[] {
  return reference
    .slice(1)
    .split("/")
    .filter((part) => part !== "")
    .map((part) => decodePercent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
