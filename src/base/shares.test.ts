import { expect, test } from "bun:test";
import { Shares, type Tenant } from "./shares.ts";

const tenant = (project: string, keyId = `${project}-key`): Tenant => ({ project, keyId });

/** Takes one at a time, in turns, until nobody gets any more. */
function fill(shares: Shares, tenants: Tenant[]): void {
  for (let taken = true; taken;) {
    taken = false;
    for (const each of tenants) if (shares.take(each, 1) === undefined) taken = true;
  }
}

test("a project alone gets most of it, and the next finds room", () => {
  const shares = new Shares(1000);
  fill(shares, [tenant("a", "1"), tenant("a", "2"), tenant("a", "3")]);
  expect(shares.heldBy("a")).toBeGreaterThan(650);
  expect(shares.heldBy("a")).toBeLessThanOrEqual(750);
  expect(shares.take(tenant("b"), 50)).toBeUndefined();
});

test("where what is held comes and goes, no project keeps twice as much as another, however many keys it has", () => {
  const shares = new Shares(9000);
  const manyKeys = Array.from({ length: 50 }, (_, index) => tenant("a", `key-${index}`));
  fill(shares, manyKeys);
  const greedy = [...manyKeys, tenant("b", "1"), tenant("b", "2"), tenant("c", "1"), tenant("c", "2")];
  for (let round = 0; round < 50; round++) {
    for (const each of greedy) {
      const held = shares.heldBy(each.project, each.keyId);
      if (held > 0) shares.release(each, Math.ceil(held / 10));
    }
    fill(shares, greedy.toReversed());
  }
  const [a, b, c] = ["a", "b", "c"].map((project) => shares.heldBy(project)) as [number, number, number];
  expect(Math.min(a, b, c)).toBeGreaterThan(0.5 * Math.max(a, b, c));
  expect(shares.take(tenant("d"), 100)).toBeUndefined();
});

test("one key leaves room for the others of its project", () => {
  const shares = new Shares(1000);
  fill(shares, [tenant("a", "greedy")]);
  expect(shares.take(tenant("a", "greedy"), 1)).toBe("key");
  expect(shares.take(tenant("a", "modest"), 1)).toBeUndefined();
});

test("an amount that does not fit takes nothing, and the bound is named", () => {
  const shares = new Shares(100);
  expect(shares.take(tenant("a"), 101)).toBe("total");
  expect(shares.take(tenant("a"), 60)).toBeUndefined();
  expect(shares.take(tenant("a"), 100)).toBe("total");
  expect(shares.take(tenant("b"), 35)).toBeUndefined();
  expect(shares.take(tenant("a"), 5)).toBe("project");
  expect(shares.take(tenant("a"), 0)).toBeUndefined();
  expect(shares.held).toBe(95);
});

test("what is released is free again, and nothing is remembered of who holds nothing", () => {
  const shares = new Shares(10);
  for (let round = 0; round < 1000; round++) {
    expect(shares.take(tenant("a", `key-${round}`), 4)).toBeUndefined();
    shares.release(tenant("a", `key-${round}`), 4);
  }
  expect(shares.held).toBe(0);
  expect(shares.heldBy("a")).toBe(0);
  shares.release(tenant("nobody"), 3);
  expect(shares.held).toBe(0);
});
