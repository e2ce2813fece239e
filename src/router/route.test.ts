import { expect, test } from "bun:test";
import { chooseSeed, seededRandom } from "../testing/random.ts";
import { ReplicaStates, route } from "./index.ts";

const target = (model: string, priority: number, weight = 1) => ({ provider: "p", model, priority, weight });
const names = (targets: readonly { model: string }[]) => targets.map(({ model }) => model).join("");
const healthy = { of: () => ({ isResting: () => false }) };

test("lower priorities come first", () => {
  const all = [target("c", 3), target("a", 1), target("b", 2)];
  expect(names(route(all, healthy, 0, Math.random))).toBe("abc");
  expect(names(all)).toBe("cab"); // the list itself stays as it was
});

test("resting targets come last, yet stay", () => {
  const states = new ReplicaStates();
  const all = [target("a", 1), target("b", 2), target("c", 3)];
  for (const model of ["a", "c"]) states.noteFailure({ provider: "p", model, startedMs: 900 }, 1_000, 2);
  const at = (nowMs: number) => names(route(all, states, nowMs, Math.random));
  expect(at(2_999)).toBe("bac");
  expect(at(3_000)).toBe("abc");
  expect(names(route([target("a", 1)], states, 1_000, Math.random))).toBe("a"); // better than none
  expect(route([], healthy, 0, Math.random)).toEqual([]);
});

/** How often each target comes first. */
function countFirst(all: ReturnType<typeof target>[], rounds: number): Record<string, number> {
  const random = seededRandom(chooseSeed("route.test.ts"));
  const first: Record<string, number> = Object.fromEntries(all.map(({ model }) => [model, 0]));
  for (let i = 0; i < rounds; i++) {
    const [head] = route(all, healthy, 0, random);
    if (head) first[head.model] = (first[head.model] ?? 0) + 1;
  }
  return first;
}

test("equals take turns at random, each about as often", () => {
  const first = countFirst([target("a", 1), target("b", 1), target("c", 1), target("d", 2)], 3_000);
  expect(first["d"]).toBe(0);
  // 1,000 each on average; 850 is almost six standard deviations below.
  for (const name of ["a", "b", "c"]) expect(first[name]).toBeGreaterThan(850);
});

test("weights share the load in proportion, and 0 is for when the others fail", () => {
  const first = countFirst([target("a", 1, 3), target("b", 1, 1), target("c", 1, 0)], 4_000);
  expect(first["c"]).toBe(0);
  // 3,000 and 1,000 on average, with a standard deviation of 27.
  expect(Math.abs((first["a"] ?? 0) - 3_000)).toBeLessThan(160);
  expect(names(route([target("c", 1, 0), target("b", 1, 1)], healthy, 0, Math.random))).toBe("bc");
});

test("of equal targets the one with the shortest wait is first; priority, rest and weight 0 count before it", () => {
  const waits: Record<string, number> = { a: 30, b: 10, c: 20, d: 0, e: 0 };
  const waitMs = ({ model }: { model: string }) => waits[model] ?? 0;
  const all = [target("a", 1), target("b", 1), target("c", 1), target("d", 2), target("e", 1, 0)];
  expect(names(route(all, healthy, 0, Math.random, 0, waitMs))).toBe("bcaed");
  const states = new ReplicaStates();
  states.noteFailure({ provider: "p", model: "b", startedMs: 900 }, 1_000, 2);
  expect(names(route(all, states, 1_000, Math.random, 0, waitMs))).toBe("caedb");
  const random = seededRandom(chooseSeed("route.test.ts"));
  const first = [0, 0];
  for (let i = 0; i < 2_000; i++)
    first[route([target("a", 1), target("b", 1)], healthy, 0, random, 0, () => 5)[0]?.model === "a" ? 0 : 1]!++;
  // 1,000 each on average with a standard deviation of 22.
  for (const count of first) expect(count).toBeWithin(870, 1_130);
});

test("keys of one provider wait as one", () => {
  const group = {};
  const keys = [1, 2].map((key) => ({ ...target("a", 1), key, group }));
  let asked = 0;
  const waitMs = ({ model }: { model: string }) => (model === "a" ? asked++ * 100 : 50);
  expect(names(route([...keys, target("b", 1)], healthy, 0, Math.random, 7, waitMs))).toBe("aab");
  expect(asked).toBe(1);
});

test("keys of one provider share its weight, stay together, and are preferred by what is asked", () => {
  const group = {};
  const keys = [1, 2, 3].map((key) => ({ ...target("a", 1), key, group }));
  const all = [...keys, target("b", 1)];
  const random = seededRandom(chooseSeed("route.test.ts"));
  let first = 0;
  const shares = [0, 0, 0];
  for (let affinity = 0; affinity < 3_000; affinity++) {
    const order = route(all, healthy, 0, random, affinity);
    if (order[0]?.model === "a") first++;
    expect(["aaab", "baaa"]).toContain(names(order));
    const [head] = route(keys, healthy, 0, random, affinity);
    expect(route(keys, healthy, 0, random, affinity)[0]).toBe(head);
    const place = (head?.key ?? 0) - 1;
    shares[place] = (shares[place] ?? 0) + 1;
    // A key more or less moves only what was its own.
    const rest = keys.filter((key) => key !== keys[2]);
    if (head !== keys[2]) expect(route(rest, healthy, 0, random, affinity)[0]).toBe(head);
  }
  // 1,500 on average with a standard deviation of 27, and 1,000 for each key.
  expect(Math.abs(first - 1_500)).toBeLessThan(160);
  for (const share of shares) expect(share).toBeWithin(850, 1_150);
});

test("each key rests alone", () => {
  const states = new ReplicaStates();
  const group = {};
  const keys = [1, 2].map((key) => ({ ...target("a", 1), key, group }));
  for (const affinity of [0, 1, 2, 3, 4, 5]) {
    states.noteFailure({ provider: "p", model: "a", key: 1, startedMs: 900 }, 1_000, 2);
    expect(route(keys, states, 1_000, Math.random, affinity).map(({ key }) => key)).toEqual([2, 1]);
  }
});
