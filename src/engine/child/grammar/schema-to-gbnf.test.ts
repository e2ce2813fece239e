import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { schemaMatcher } from "../../../testing/schema-matcher.ts";
import { GrammarRules } from "./gbnf.ts";
import { SchemaError } from "./schema-problems.ts";
import { schemaToGbnf } from "./schema-to-gbnf.ts";

/** A schema, texts that its grammar must allow, and others that it must not. */
type Row = [schema: unknown, good: string[], bad: string[]];

const refusal = (schema: unknown) => {
  try {
    schemaToGbnf(schema, new GrammarRules(), { place: "s", strict: true });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(SchemaError);
    return String(error);
  }
};

describe("a schema is held whole, strict or not:", () => {
  const node = {
    type: "object",
    properties: { next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
    required: ["next"],
  };
  const list = { $defs: { list: { anyOf: [{ type: "string" }, { type: "integer" }] } } };
  test.each<Row>([
    [{}, ['{"a":[1,null]}', "1"], ["x"]],
    [{ type: "integer", minimum: 0, exclusiveMaximum: 10 }, ["0", "9"], ["-1", "10"]],
    [{ type: "string", minLength: 1.0, maxLength: 2 }, ['"é"', '"ab"'], ['""', '"abc"']],
    [{ type: "string", format: "date", minLength: 10 }, ['"2024-02-28"'], ['"2024-02-31"', '"x"']],
    [{ type: ["string", "null"], maxLength: 2 }, ["null", '"ab"'], ['"abc"', "1"]],
    [{ type: "string", nullable: true }, ["null", '"a"'], ["1"]],
    [{ enum: ["a", "ab", "b\u0001", "\ud83d", "é\u2028", 1, null] }, ['"ab"', '"b\\u0001"', "1", "null"], ['"abb"']],
    [{ type: "string", enum: ["a", null, "long"], maxLength: 1 }, ['"a"'], ["null", '"long"']],
    [{ const: { a: [1] } }, ['{"a":[1]}'], ["{}"]],
    [{ type: "array", items: { type: "integer" } }, ["[]", "[1, 2]"], ['["a"]', "[1,]"]],
    [{ type: "array", items: [{ type: "string" }, { type: "integer" }] }, ['["a",1]'], ['[1,"a"]', "[]"]],
    [{ type: "array", prefixItems: [{ const: 1 }], items: { const: 2 }, minItems: 3 }, ["[1,2,2]"], ["[1]"]],
    [{ type: "array", items: false }, ["[]"], ["[1]"]],
    [{ type: "object", properties: { a: false, b: { const: 1 } } }, ["{}", '{"b":1}'], ['{"a":1}']],
    [{ type: "object", additionalProperties: { type: "integer" } }, ["{}", '{"x":1,"y":2}'], ['{"x":"a"}']],
    [{ type: "object", properties: {}, additionalProperties: false }, ["{}"], ['{"x":1}']],
    [
      { type: "object", properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 } }, required: ["b"] },
      ['{"a":1,"b":2,"c":3}', '{"b":2}', '{"b": 2, "c": 3}', '{"a":1,"b":2}'],
      ["{}", '{"a":1}', '{"a":1,"c":3}', '{"b":2,"a":1}', '{"b":2,}', '{,"b":2}'],
    ],
    [
      { type: "object", properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 } } },
      ["{}", '{"a":1}', '{"b":2,"c":3}', '{"a":1,"c":3}', '{ "c":3 }'],
      ['{"c":3,"a":1}', '{"a":1,}'],
    ],
    [
      { type: "object", properties: { __proto__x: {}, ["__proto__"]: { const: 1 } }, required: ["constructor"] },
      ['{"__proto__":1,"constructor":2}'],
      ['{"__proto__":2,"constructor":2}', "{}"],
    ],
    [{ $ref: "#/$defs/list/anyOf/1", ...list }, ["1"], ['"a"']],
    [{ $ref: "#/$defs/list", description: "d", default: 1, ...list }, ["1", '"a"'], ["null"]],
    [{ properties: { v: { $ref: "#/$defs/list", type: "string" } }, ...list }, ['{"v":"a"}'], ['{"v":1}']],
    [{ $ref: "#/$defs/a~1b%20c", $defs: { "a/b c": { type: "integer" } } }, ["1"], ['"a"']],
    [{ $ref: "#/$defs/node", $defs: { node } }, ['{"next":{"next":null}}'], ['{"next":1}', "null"]],
    [{ ...node, $defs: { node: { $ref: "#" } } }, ['{"next":{"next":null}}'], ['{"next":1}']],
    [{ allOf: [{ type: "string", maxLength: 5 }, { maxLength: 2 }, true] }, ['"ab"'], ['"abc"', "1"]],
    [
      { allOf: [{ properties: { a: { minimum: 1 } }, required: ["a"] }, { properties: { a: { type: "integer" } } }] },
      ['{"a":1}'],
      ['{"a":0}', "{}"],
    ],
    [
      {
        type: "object",
        properties: { c: { const: 3 } },
        anyOf: [{ properties: { a: { const: 1 } }, required: ["a"] }, { required: ["c"] }, false],
      },
      ['{"c":3,"a":1}', '{"a":1}', '{"c":3}'],
      ["{}", "1"],
    ],
    [{ oneOf: [{ type: "null" }, { type: "integer" }], type: ["number", "null"] }, ["1", "null"], ["1.5"]],
    [{ anyOf: [{ $ref: "#" }, { type: "null" }] }, ["null"], ["1"]],
  ])("%j", async (schema, good, bad) => {
    const { fits, leftOut } = await schemaMatcher(schema, { strict: true });
    for (const text of good) if (!fits(text)) throw new Error(`${text} must be allowed`);
    for (const text of bad) if (fits(text)) throw new Error(`${text} must not be allowed`);
    expect(leftOut).toEqual([]);
    expect((await schemaMatcher(schema)).leftOut).toEqual([]);
  });
});

describe("what a grammar cannot hold is refused of a strict schema, and left out of another:", () => {
  const within = (schema: unknown) => ({ type: "object", properties: { v: schema }, required: ["v"] });
  test.each<[schema: unknown, place: string, good: string, bad?: string]>([
    [{ type: "number", minimum: 0, maximum: 1 }, "minimum: cannot be enforced while a model writes", "7", '"a"'],
    [{ type: "integer", multipleOf: 5 }, "multipleOf: cannot", "7", "7.5"],
    [{ type: "string", pattern: "^[a-z]+$" }, "pattern: cannot", '"A"', "1"],
    [{ type: ["string", "null"], pattern: "^[a-z]+$" }, "pattern: cannot", '"A"', "1"],
    [{ type: "string", "ui:widget": "x" }, "ui:widget: cannot", '"A"', "1"],
    [{ type: "object", propertyNames: { pattern: "^a" } }, "propertyNames: cannot", '{"b":1}', "1"],
    [{ type: "object", minProperties: 1 }, "minProperties: cannot", "{}", "1"],
    [
      { type: "object", properties: { a: {} }, unevaluatedProperties: false },
      "unevaluatedProperties: cannot",
      "{}",
      "1",
    ],
    [
      { type: "object", properties: { a: {} }, dependentRequired: { a: ["b"] } },
      "dependentRequired: cannot",
      "{}",
      "1",
    ],
    [{ not: { type: "null" } }, "not: cannot", "1"],
    [{ $ref: "#/$defs/Missing" }, '$ref: "#/$defs/Missing" leads nowhere', "1"],
    [{ $ref: "https://example.com/s.json", type: "string" }, '$ref: "https://example.com/s.json" is not', '"a"', "1"],
    [{ $ref: 5 }, "$ref: expected a string, found 5", "1"],
    [{ type: "any" }, 'type: expected one of object, array, string, integer, number, boolean, null, found "any"', "1"],
    [{ type: "STRING" }, "type: expected one of", '"a"', "1"],
    [{ type: ["string", "what"] }, "type[1]: expected one of", '"a"', "1"],
    [{ type: [] }, "type: expected at least one", "1"],
    [{ type: null, properties: { a: { type: "string" } } }, "type: expected one of", '{"a":"b"}', '{"a":1}'],
    [null, " expected a schema (an object or a boolean), found null", "1"],
    ["string", ' expected a schema (an object or a boolean), found "string"', "1"],
    [false, " allows no value", "1"],
    [{ type: "integer", minimum: "0" }, 'minimum: expected a number, found "0"', "-1", '"a"'],
    [
      { type: "integer", minimum: 0, exclusiveMinimum: true },
      "exclusiveMinimum: expected a number, found true",
      "1",
      "0",
    ],
    [{ type: "integer", minimum: 3, maximum: 1 }, "minimum: no integer is at least 3 and at most 1", "2"],
    [{ type: "integer", minimum: 1e300 }, "minimum: expected a number from", "2"],
    [{ type: "string", maxLength: 1_000_000 }, "maxLength: expected at most 10000, found 1000000", '"a"', "1"],
    [{ type: "string", minLength: -1 }, "minLength: expected a natural number, found -1", '""', "1"],
    [
      { type: "string", minLength: 5, maxLength: 2 },
      "maxLength: is 2, less than minLength, which is 5",
      '"abcdef"',
      '""',
    ],
    [{ type: "array", items: { const: 1 }, maxItems: 100_000 }, "maxItems: expected at most 10000", "[1]", "[2]"],
    [{ type: "array", items: null }, "items: expected a schema", "[2]", "1"],
    [{ type: "string", required: true }, "required: cannot", '"a"', "1"],
    [
      { type: "object", properties: { a: {} }, required: true },
      "required: expected an array of names, found true",
      "{}",
    ],
    [{ type: "object", properties: [] }, "properties: expected an object of schemas, found an array", '{"a":1}', "1"],
    [{ type: "object", properties: { a: false }, required: ["a"] }, "properties.a: allows no value", '{"a":1}', "{}"],
    [{ type: "array", enum: [1, 2], items: { type: "integer" } }, "enum: has no value that fits", "[1]", "1"],
    [{ type: "string", enum: [] }, "enum: expected at least one value, found none", '"a"', "1"],
    [{ anyOf: [] }, "anyOf: expected at least one schema, found none", "1"],
    [{ anyOf: "x", type: "null" }, 'anyOf: expected at least one schema, found "x"', "null", "1"],
    [{ allOf: 5, type: "null" }, "allOf: expected an array of schemas, found 5", "null", "1"],
    [{ allOf: [{ pattern: "a" }, { pattern: "b" }], type: "string" }, "allOf[1].pattern: differs", '"a"', "1"],
    [{ allOf: [{ type: "string" }, { type: "null" }] }, " allows no value", '"a"'],
  ])("%j", async (schema, problem, good, bad) => {
    const told = `s.properties.v${problem.startsWith(" ") ? ":" : "."}${problem}`;
    expect(refusal(within(schema))).toContain(told);
    const { fits, leftOut } = await schemaMatcher(within(schema));
    expect(leftOut).toContain(told.slice(0, told.indexOf(": ")));
    expect(fits(`{"v":${good}}`)).toBe(true);
    if (bad !== undefined) expect(fits(`{"v":${bad}}`)).toBe(false);
  });
});

describe("a grammar stays within its bounds:", () => {
  const properties = (count: number, one: (index: number) => unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`field_${index}`, one(index)]));
  const deep = (levels: number) => {
    let schema: unknown = { type: "string" };
    for (let i = 0; i < levels; i++) schema = { type: "array", items: schema };
    return schema;
  };
  /** Each of its properties leads to both, in an endless tree of schemas of which no two are the same. */
  const unfolding = {
    $ref: "#/$defs/a",
    $defs: {
      a: { properties: { x: { allOf: [{ $ref: "#/$defs/a" }, {}] }, y: { allOf: [{ $ref: "#/$defs/b" }, {}] } } },
      b: { properties: { x: { allOf: [{ $ref: "#/$defs/b" }, {}] }, y: { allOf: [{ $ref: "#/$defs/a" }, {}] } } },
    },
  };

  test.each<[string, unknown, string]>([
    ["depth", deep(100), "nests deeper than 64 levels"],
    [
      "many optional properties",
      { type: "object", properties: properties(3000, () => ({})) },
      "at most 500 are allowed",
    ],
    [
      "many rules",
      {
        type: "object",
        required: Object.keys(properties(1600, () => 0)),
        properties: properties(1600, (i) => ({ type: "object", properties: { [`a${i}`]: {}, [`b${i}`]: {} } })),
      },
      "5000 grammar rules",
    ],
    ["many bytes", { enum: Array.from({ length: 600 }, (_, i) => `${i}${"x".repeat(1000)}`) }, "524288 bytes"],
  ])("%s", async (_name, schema, problem) => {
    expect(refusal(schema)).toContain(problem);
    const before = performance.now();
    const { leftOut } = await schemaMatcher(schema);
    expect(leftOut).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  /** Objects that begin with children of the same kinds, so that none is known until its end. */
  const alike = (count: number, first: (index: number) => object) => {
    const children = { type: "array", items: { $ref: "#/$defs/node" } };
    const anyOf = Array.from({ length: count }, (_, index) => ({
      type: "object",
      properties: { ...first(index), children, [`k${index}`]: { type: "integer" } },
      required: [...Object.keys(first(index)), "children", `k${index}`],
    }));
    return { $ref: "#/$defs/node", $defs: { node: { anyOf } } };
  };
  const deepText = (head: string) =>
    `{${head}"children":[`.repeat(5) + `{${head}"children":[],"k1":1}` + `],"k1":1}`.repeat(5);

  test("options that begin alike and contain each other", async () => {
    const schema = alike(10, () => ({}));
    expect(refusal(schema)).toContain("s.$defs.node: is in too many options that begin alike");
    const before = performance.now();
    const { fits, leftOut } = await schemaMatcher(schema);
    expect(leftOut).toEqual(["s.$defs.node"]);
    expect(fits(deepText(""))).toBe(true);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test("options that a property tells apart before", async () => {
    const schema = alike(10, (index) => ({ name: { type: "string" }, kind: { const: `kind${index}` } }));
    const before = performance.now();
    const { fits, leftOut } = await schemaMatcher(schema, { strict: true });
    expect(leftOut).toEqual([]);
    expect(fits(deepText('"name":"a","kind":"kind1",'))).toBe(true);
    expect(fits(deepText('"name":"a","kind":"kind2",'))).toBe(false);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test("references that unfold without end", async () => {
    const before = performance.now();
    const { fits } = await schemaMatcher(unfolding);
    expect(fits('{"x":{"y":{}}}')).toBe(true);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test("many values of an enum compile fast, and only they are allowed", async () => {
    const values = Array.from({ length: 3_000 }, (_, index) => `value number ${index} of the list`);
    const before = performance.now();
    const { fits } = await schemaMatcher({ enum: values }, { strict: true });
    for (const value of values.slice(-5)) expect(fits(JSON.stringify(value))).toBe(true);
    for (const bad of ["value number 3000 of the list", "value number ", "value number 1 of the lis"])
      expect(fits(JSON.stringify(bad))).toBe(false);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test("hundreds of tools with the same fields share their rules", () => {
    const rules = new GrammarRules();
    const schema = { type: "object", properties: properties(20, (index) => ({ type: "string", maxLength: index })) };
    for (let i = 0; i < 500; i++) schemaToGbnf(structuredClone(schema), rules, { place: "s", strict: true });
    expect(rules.print("value").split("\n").length).toBeLessThan(100);
  });
});

describe("whatever is sent as a schema that is not strict", () => {
  const names = ["a", "b", "__proto__", 'q"\\'];
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(null, true, false, "", "object", "array", "string", "integer", "null", "any", "#/$defs/a"),
    fc.constantFrom<unknown>("#", "#/properties/a", "#/anyOf/0", "date", -1, 0, 1, 3, 2.5, 1e9, 1e300),
  );
  const { schema } = fc.letrec((tie) => ({
    schema: fc.oneof({ depthSize: "medium", withCrossShrink: true }, scalar, tie("object")),
    list: fc.array(tie("schema"), { maxLength: 4 }),
    named: fc.dictionary(fc.constantFrom(...names), tie("schema"), { maxKeys: 3 }),
    object: fc.record(
      {
        type: fc.oneof(scalar, fc.constantFrom("object", "array", "string", "integer"), tie("list")),
        ...Object.fromEntries(["$defs", "properties"].map((key) => [key, fc.oneof(scalar, tie("named"))])),
        ...Object.fromEntries(
          ["anyOf", "oneOf", "allOf", "prefixItems"].map((key) => [key, fc.oneof(scalar, tie("list"))]),
        ),
        ...Object.fromEntries(["items", "additionalProperties"].map((key) => [key, tie("schema")])),
        required: fc.oneof(scalar, fc.array(fc.constantFrom(...names))),
        enum: fc.oneof(scalar, fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 })),
        ...Object.fromEntries(
          ["$ref", "const", "format", "nullable", "minLength", "maxLength", "minItems", "maxItems", "minimum"].map(
            (key) => [key, scalar],
          ),
        ),
      },
      { requiredKeys: [] },
    ),
  }));

  test("becomes a grammar that llama.cpp takes, in bounded time", async () => {
    await fc.assert(
      fc.asyncProperty(schema, async (given) => {
        const before = performance.now();
        const { fits } = await schemaMatcher(given);
        fits('{"a":[{"a":');
        expect(performance.now() - before).toBeLessThan(3_000);
      }),
      { numRuns: 300 },
    );
  });
});
