import { expect, test } from "bun:test";
import { getLlama } from "node-llama-cpp";
import { SchemaError, schemaToGbnf } from "./schema-to-gbnf.ts";

/** Whether a text fits the schema, as llama.cpp itself judges. */
async function matcher(schema: unknown): Promise<(text: string) => boolean> {
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logger: () => undefined });
  const rules = new Map<string, string>();
  const root = schemaToGbnf(schema, rules, { strict: true });
  const lines = [`root ::= ${root}`, ...[...rules].map(([name, body]) => `${name} ::= ${body}`), ""];
  const grammar = await llama.createGrammar({ grammar: lines.join("\n") });
  // eslint-disable-next-line no-underscore-dangle -- the library has no public way to ask
  return (text) => (grammar as unknown as { _testText(text: string): boolean })._testText(text);
}

test.each([
  [0, 1],
  [0, 999],
  [0, 1000],
  [0, 1001],
  [0, 2000],
  [0, 9000],
  [1000, 1000],
  [2000, 3999],
  [2001, 2001],
  [5000, 9000],
  [0, 10_000],
])(
  "a string's length from %i to %i is kept to the letter",
  async (minLength, maxLength) => {
    const fits = await matcher({ type: "string", minLength, maxLength });
    const lengths = [0, 1, 998, 999, 1000, 1001, 1999, 2000, 2001, 3000, 5001, minLength - 1, minLength, maxLength];
    for (const length of [...lengths, maxLength + 1, 2 * maxLength].filter((one) => one >= 0)) {
      const wanted = length >= minLength && length <= maxLength;
      if (fits(`"${"a".repeat(length)}"`) !== wanted) throw new Error(`${length} is judged wrongly`);
    }
  },
  20_000,
);

test("so are numbers of items, and bounds with one side open", async () => {
  const upTo = await matcher({ type: "array", items: { const: 1 }, maxItems: 2500 });
  const text = (count: number) => `[${Array.from({ length: count }, () => "1").join(",")}]`;
  for (const [count, wanted] of [
    [0, true],
    [1, true],
    [2500, true],
    [2501, false],
  ] as const)
    expect(upTo(text(count))).toBe(wanted);
  const from = await matcher({ type: "array", items: { const: 1 }, minItems: 2500 });
  expect([2499, 2500, 6000].map((count) => from(text(count)))).toEqual([false, true, true]);
  const longer = await matcher({ type: "string", minLength: 2500 });
  expect([2499, 2500, 6000].map((length) => longer(`"${"a".repeat(length)}"`))).toEqual([false, true, true]);
});

test("many wide bounds together are refused", () => {
  const wide = { type: "string", maxLength: 10_000 };
  const properties = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`p${index}`, wide]));
  expect(() => schemaToGbnf({ type: "object", properties }, new Map(), { strict: true })).toThrow(SchemaError);
});
