import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../call/index.ts";
import { chatRequest } from "../../../testing/engine.ts";
import { GrammarRules, visitsMax } from "./gbnf.ts";
import { schemaToGbnf } from "./schema-to-gbnf.ts";
import { writeGrammar } from "./write-grammar.ts";

const list = <T = undefined>(count: number, make: (index: number) => T = () => undefined as T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const named = (count: number, make: (index: number) => unknown): JsonObject =>
  Object.fromEntries(list(count, (index) => [`p${index}`, make(index)]));
/** Definitions that each refer to the one before. */
const chain = (count: number, make: (before: JsonObject) => JsonObject): JsonObject => ({
  $defs: {
    d0: { type: "string" },
    ...Object.fromEntries(list(count, (index) => [`d${index + 1}`, make({ $ref: `#/$defs/d${index}` })])),
  },
  $ref: `#/$defs/d${count}`,
});

/** Schemas of a size, whose work grew faster than that. */
const hostile: Record<string, (size: number) => unknown> = {
  "allOf of properties": (size) => ({
    allOf: list(size, (index) => ({ properties: { [`p${index}`]: { type: "string" } } })),
  }),
  "allOf of required names": (size) => ({ allOf: list(size, (index) => ({ required: [`p${index}`] })) }),
  "allOf of the same names": (size) => ({
    allOf: list(size / 100, () => ({ properties: named(100, () => ({ type: "string" })) })),
  }),
  "allOf of types": (size) => ({
    allOf: list(size / 10, () => ({ type: list(10, (index) => ["string", "null"][index % 2]) })),
  }),
  "allOf of enums": (size) => ({
    allOf: list(size / 10, (index) => ({ enum: list(10, (value) => value + (index % 2)) })),
  }),
  "allOf within allOf": (size) =>
    list(Math.min(60, size / 50)).reduce((inner: unknown) => ({ allOf: [inner, { title: "x" }] }), {}),
  "required names": (size) => ({ type: "object", required: list(size, (index) => `name${index}`) }),
  "required properties": (size) => ({
    type: "object",
    properties: named(size, () => ({ type: "string" })),
    required: Object.keys(named(size, () => 1)),
  }),
  "optional properties": (size) => ({ type: "object", properties: named(size, () => ({})) }),
  "values of an enum": (size) => ({ enum: list(size, (index) => `value${index}`) }),
  "values that begin alike": (size) => ({ enum: list(size / 10, (index) => "a".repeat(100) + index) }),
  "options with listed values": (size) => ({
    anyOf: list(20, (index) => ({
      properties: { k: { enum: list(size / 20, (value) => `${index}-${value}`) } },
      required: ["k"],
    })),
  }),
  "references to two of the same": (size) => chain(Math.min(30, size / 100), (before) => ({ allOf: [before, before] })),
  "options that refer to two of the same": (size) =>
    chain(Math.min(30, size / 100), (before) => ({ anyOf: [before, { type: "array", items: before }] })),
  "a chain of references": (size) => chain(size, (before) => before),
  "long references": (size) => ({ properties: named(size / 50, () => ({ $ref: `#${"/x".repeat(size / 10)}` })) }),
  "many items": (size) => ({ prefixItems: list(size, () => ({ type: "string" })) }),
  "a large constant": (size) => ({ const: named(size, (index) => index) }),
  "bounded integers": (size) => ({
    properties: named(size / 10, (index) => ({
      type: "integer",
      minimum: 1_234_567_890_123 + index,
      maximum: 8_765_432_109_876_543,
    })),
  }),
  "bounded texts": (size) => ({
    properties: named(size / 100, (index) => ({ type: "string", maxLength: 9_000 - index })),
  }),
};

/** Each option is compared with all others, or takes all that stands beside it. */
const squares: Record<string, (size: number) => unknown> = {
  "options without a common property": (size) => ({
    anyOf: list(size / 20, (index) => ({ type: "object", properties: { [`a${index}`]: {} }, required: [`a${index}`] })),
  }),
  "options beside properties": (size) => ({
    properties: named(size / 20, () => ({})),
    anyOf: list(size / 20, (index) => ({ required: [`p${index}`] })),
  }),
};

/** Names and values that are looked at. Those that turn out to need too large a grammar count, too. */
function visitsOf(schema: unknown): number {
  const rules = new GrammarRules();
  schemaToGbnf(schema, rules, { place: "s", strict: false });
  return rules.visits;
}

describe("twice a hostile schema takes at most twice the work", () => {
  test.each(Object.entries(hostile))("%s", (_name, make) => {
    for (const size of [1_000, 2_000, 4_000]) {
      const [one, two] = [visitsOf(make(size)), visitsOf(make(2 * size))];
      // All ends at the bound.
      expect(two).toBeLessThan(Math.min(visitsMax + 10_000, 2.2 * one + 200));
    }
  });
});

test.each(Object.entries(squares))("%s end at the bound of all work", (_name, make) => {
  for (const size of [1_000, 10_000, 100_000]) expect(visitsOf(make(size))).toBeLessThan(visitsMax + size);
});

describe("a schema beyond any real one is refused with the bound, strict or not", () => {
  const refusal = (schema: unknown) => {
    const responseFormat = { type: "json-schema" as const, name: "a", schema: schema as JsonObject };
    try {
      Array.from(writeGrammar(chatRequest("x", { responseFormat })));
      return "taken";
    } catch (error) {
      return error as { code: string; message: string };
    }
  };
  const deep = (levels: number) => list(levels).reduce((inner: unknown) => [inner], 1);
  test.each([
    ["allOf of 30,000", { allOf: list(30_000, () => ({})) }, "a list of 30000 items; at most 10000 are allowed"],
    ["60,000 required names", { required: list(60_000, String) }, "a list of 60000 items"],
    ["an enum of 100,000", { enum: list(100_000, String) }, "a list of 100000 items"],
    ["60,000 properties", { properties: named(60_000, () => ({})) }, "more than 10000 names"],
    ["lists of lists", { enum: list(9_000, () => list(9_000, () => 1)) }, "more than 100000 values"],
    ["long texts", { enum: list(20, (index) => `${index}${"x".repeat(100_000)}`) }, "more than 1048576 characters"],
    ["depth", { const: deep(300) }, "nests deeper than 200 levels"],
  ])("%s", (_name, schema, bound) => {
    expect(refusal(schema)).toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining(bound) as string,
    });
  });
  test.each([
    ["an enum of 5,000 names", { enum: list(5_000, (index) => `name of something ${index}`) }],
    [
      "5,000 properties",
      { type: "object", properties: named(5_000, () => ({ type: "string", description: "x".repeat(100) })) },
    ],
  ])("but not %s", (_name, schema) => {
    expect(refusal(schema)).toBe("taken");
  });
});

test("a thousand tools with large schemas are held to, with pauses for others", () => {
  const tools = list(1_000, (index) => ({
    name: `tool_${index}`,
    strict: false,
    parameters: {
      type: "object",
      properties: named(40, (at) => ({ type: "string", description: `Field ${at}` })),
      required: ["p0"],
    },
  }));
  const pauses = Array.from(writeGrammar(chatRequest("x", { tools, toolChoice: { type: "required" } })));
  expect(pauses).toHaveLength(1_000);
});
