import { expect, test } from "bun:test";
import { schemaMatcher } from "../../../testing/schema-matcher.ts";

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
])("a string's length from %i to %i is kept to the letter", async (minLength, maxLength) => {
  const { fits } = await schemaMatcher({ type: "string", minLength, maxLength }, { strict: true });
  const lengths = [0, 1, 998, 999, 1000, 1001, 1999, 2000, 2001, 3000, 5001, minLength - 1, minLength, maxLength];
  for (const length of [...lengths, maxLength + 1, 2 * maxLength].filter((one) => one >= 0)) {
    const wanted = length >= minLength && length <= maxLength;
    if (fits(`"${"a".repeat(length)}"`) !== wanted) throw new Error(`${length} is judged wrongly`);
  }
});

test("so are numbers of items, and bounds with one side open", async () => {
  const { fits: upTo } = await schemaMatcher({ type: "array", items: { const: 1 }, maxItems: 2500 });
  const text = (count: number) => `[${Array.from({ length: count }, () => "1").join(",")}]`;
  for (const [count, wanted] of [
    [0, true],
    [1, true],
    [2500, true],
    [2501, false],
  ] as const)
    expect(upTo(text(count))).toBe(wanted);
  const { fits: from } = await schemaMatcher({ type: "array", items: { const: 1 }, minItems: 2500 });
  expect([2499, 2500, 6000].map((count) => from(text(count)))).toEqual([false, true, true]);
  const { fits: longer } = await schemaMatcher({ type: "string", minLength: 2500 });
  expect([2499, 2500, 6000].map((length) => longer(`"${"a".repeat(length)}"`))).toEqual([false, true, true]);
});

test("many wide bounds together are refused of a strict schema, and left out of another", async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`p${index}`, { type: "string", maxLength: 9_000 + index }]),
  );
  const schema = { type: "object", properties };
  const refusal = await schemaMatcher(schema, { strict: true }).catch(String);
  expect(refusal).toContain("s.properties.p4.maxLength: is 9004; all lengths and counts together");
  const { leftOut } = await schemaMatcher(schema);
  expect(leftOut).toHaveLength(26);
  expect(leftOut[0]).toBe("s.properties.p4.maxLength");
});
