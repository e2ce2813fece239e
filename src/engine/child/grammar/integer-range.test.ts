import { describe, expect, test } from "bun:test";
import { integerRange } from "./integer-range.ts";

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
    const rule = integerRange(-Infinity, Infinity);
    expect(toPattern(rule).test("9007199254740991")).toBe(true);
    expect(toPattern(rule).test("9007199254740992")).toBe(false);
    expect(rule.length).toBeLessThan(5_000);
  });
});
