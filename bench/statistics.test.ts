import { expect, test } from "bun:test";
import { addedInRounds, ratioOfAdded, ratioWithinRounds } from "./statistics.ts";

test("a ratio is taken within each round, not between the medians", () => {
  // The machine gives one tenth in the second round, to both sides.
  expect(ratioWithinRounds([100, 10, 20], [200, 20, 400])).toBe(0.5);
});

test("what is added is counted against the same round of the upstream alone", () => {
  expect(addedInRounds([5, 50], [1, 40])).toEqual([4, 10]);
});

test("the ratio of added delays is defined where one side adds nothing", () => {
  expect(ratioOfAdded([4, 4, 4], [2, 2, 2])).toBe(2);
  expect(ratioOfAdded([-1], [2])).toBe(0);
  expect(ratioOfAdded([1], [-2])).toBe(Number.POSITIVE_INFINITY);
  expect(ratioOfAdded([-1], [-2])).toBe(0);
});
