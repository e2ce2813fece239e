import { expect, test } from "bun:test";
import { chooseSeed, seededRandom } from "../testing/random.ts";
import { chooseTargets } from "./choose-targets.ts";

const target = (name: string, priority: number, resting = false) => ({ name, priority, resting });
const names = (targets: { name: string }[]) => targets.map(({ name }) => name).join("");

test("lower priorities come first", () => {
  const all = [target("c", 3), target("a", 1), target("b", 2)];
  expect(names(chooseTargets(all, () => false, Math.random))).toBe("abc");
  expect(names(all)).toBe("cab"); // the list itself stays as it was
});

test("resting targets come last, yet stay", () => {
  const all = [target("a", 1, true), target("b", 2), target("c", 3, true)];
  expect(names(chooseTargets(all, (one) => one.resting, Math.random))).toBe("bac");
  expect(names(chooseTargets([target("a", 1, true)], (one) => one.resting, Math.random))).toBe("a");
  expect(chooseTargets([], () => false, Math.random)).toEqual([]);
});

test("equals take turns at random, each about as often", () => {
  const random = seededRandom(chooseSeed("choose-targets.test.ts"));
  const first: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 };
  const all = [target("a", 1), target("b", 1), target("c", 1), target("d", 2)];
  for (let i = 0; i < 3_000; i++) {
    const [head] = chooseTargets(all, () => false, random);
    if (head) first[head.name] = (first[head.name] ?? 0) + 1;
  }
  expect(first["d"]).toBe(0);
  // 1,000 each on average; 850 lies almost six standard deviations below.
  for (const name of ["a", "b", "c"]) expect(first[name]).toBeGreaterThan(850);
});
