import { describe, expect, test } from "bun:test";
import { integerRange, SchemaError, schemaToGbnf } from "./schema-to-gbnf.ts";

/** A grammar rule without references, as a pattern. */
const toPattern = (rule: string) => new RegExp(`^(?:${rule.replaceAll(" ", "").replaceAll('"', "")})$`);

describe("a range of integers", () => {
  test("holds just its members", () => {
    for (const [low, high] of [
      [0, 0],
      [0, 9],
      [1, 130],
      [-5, 17],
      [99, 1001],
      [-1200, -7],
      [10, 10],
      [-1, 1],
      [7, 12_345],
    ] as const) {
      const pattern = toPattern(integerRange(low, high));
      for (let value = -1500; value <= 13_000; value++) {
        if (pattern.test(String(value)) !== (value >= low && value <= high))
          throw new Error(`${value} is judged wrongly for ${low} to ${high}: ${pattern}`);
      }
    }
  });

  test("may be as wide as numbers are exact", () => {
    const rule = integerRange(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    expect(toPattern(rule).test("9007199254740991")).toBe(true);
    expect(toPattern(rule).test("9007199254740992")).toBe(false);
    expect(rule.length).toBeLessThan(5_000);
  });
});

describe("a schema", () => {
  const write = (schema: unknown, strict = true) => {
    const rules = new Map<string, string>();
    return { root: schemaToGbnf(schema, rules, { strict }), rules };
  };

  test("may refer to itself", () => {
    const { rules } = write({
      $ref: "#/$defs/node",
      $defs: {
        node: { type: "object", properties: { next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } } },
      },
    });
    expect(rules.size).toBeLessThan(30);
  });

  test("that cannot be enforced is refused where that is asked for, with its place", () => {
    const schema = { type: "object", properties: { a: { type: "array", items: { type: "string", pattern: "x" } } } };
    expect(() => write(schema)).toThrow("schema.properties.a.items.pattern");
    for (const wrong of [
      { type: "thing" },
      { enum: [] },
      { $ref: "#/none" },
      { $ref: "http://x" },
      { type: "integer", minimum: 3, maximum: 1 },
      false,
      { type: "array", minItems: -1 },
    ]) {
      expect(() => write(wrong)).toThrow(SchemaError);
    }
  });

  test("cannot blow up the grammar", () => {
    let deep: unknown = { type: "string" };
    for (let i = 0; i < 100; i++) deep = { type: "array", items: deep };
    expect(() => write(deep)).toThrow("nests deeper");
    expect(() => write({ type: "string", maxLength: 1e9 })).toThrow("at most");
  });
});
