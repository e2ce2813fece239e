import { describe, expect, test } from "bun:test";
import { seededRandom } from "../testing/random.ts";
import { budgetRules, MemoryBudget, type Decision } from "./memory-budget.ts";
import { SimulatedFleet } from "../testing/simulated-fleet.ts";

const minuteMs = 60_000;
const need = (estimateBytes: number, keepAliveMs = 5 * minuteMs) => ({ estimateBytes, keepAliveMs });
const users = (count: number) => ({ users: count, background: 0 });
const idle = { open: 0, openOfUsers: 0, idleMs: 0, userIdleMs: 0, requests: 1, heldBytes: 0 };
const busy = { ...idle, open: 1, openOfUsers: 1 };
const names = (decisions: Decision[]) => decisions.map(({ type, name }) => `${type} ${name}`);

/** A budget of 10 with models a and b loaded, of 5 each, long enough ago that they may leave. */
function full(): { budget: MemoryBudget; nowMs: number } {
  const budget = new MemoryBudget(10);
  for (const name of ["a", "b", "c"]) budget.set(name, need(5));
  for (const name of ["a", "b"]) {
    budget.wanted(name, users(1), 0);
    expect(names(budget.decide(0))).toEqual([`load ${name}`]);
    budget.wanted(name, users(0), 0);
    budget.loaded(name, { heldBytes: 0, loadMs: 100 }, 0);
    budget.used(name, idle, 0);
  }
  return { budget, nowMs: budgetRules.stayMs };
}

describe("a memory budget", () => {
  test("reserves before it loads, and never more than there is", () => {
    const budget = new MemoryBudget(10);
    for (const name of ["a", "b", "c"]) {
      budget.set(name, need(4));
      budget.wanted(name, users(1), 0);
    }
    expect(names(budget.decide(0))).toEqual(["load a", "load b"]);
    expect(budget.view()).toEqual({ budgetBytes: 10, heldBytes: 8, freeBytes: 2 });
    budget.ended("a", { failed: true });
    budget.wanted("a", users(0), 0);
    expect(names(budget.decide(0))).toEqual(["load c"]);
  });

  test("counts what is measured where that is more", () => {
    const { budget } = full();
    budget.used("a", { ...idle, heldBytes: 6 }, 0);
    expect(budget.view().heldBytes).toBe(11);
    expect(names(budget.decide(0))).toEqual(["unload a"]);
    budget.used("b", { ...idle, heldBytes: 3 }, 0);
    expect(budget.viewOf("b", 0).heldBytes).toBe(5);
    // And reserves that the next time.
    budget.ended("a", { failed: false });
    budget.wanted("a", users(1), 0);
    expect(budget.decide(0)).toEqual([]);
  });

  test("lets the one idle for longest go, weighed by its load time and its requests, after its stay", () => {
    const wantC = (prepare: (budget: MemoryBudget, nowMs: number) => void, afterMs = 0) => {
      const { budget, nowMs } = full();
      prepare(budget, nowMs);
      budget.wanted("c", users(1), nowMs + afterMs);
      return names(budget.decide(nowMs + afterMs));
    };
    expect(wantC((budget, nowMs) => budget.used("a", { ...idle, requests: 1 }, nowMs))).toEqual(["unload b"]);
    expect(wantC((budget, nowMs) => budget.used("b", { ...idle, requests: 1 }, nowMs))).toEqual(["unload a"]);
    // Both are idle as long.
    const asked = { ...idle, idleMs: budgetRules.stayMs, userIdleMs: budgetRules.stayMs, requests: 50 };
    expect(wantC((budget, nowMs) => budget.used("a", asked, nowMs))).toEqual(["unload b"]);
    expect(wantC(() => undefined, -1)).toEqual([]);
  });

  test("takes none in use until patience ends; then that one takes no more requests and ends by itself", () => {
    const { budget, nowMs } = full();
    for (const name of ["a", "b"]) budget.used(name, busy, nowMs);
    budget.wanted("c", users(1), nowMs);
    expect(budget.decide(nowMs)).toEqual([]);
    expect(budget.decide(nowMs + budgetRules.patienceMs - 1)).toEqual([]);
    expect(budget.decide(nowMs + budgetRules.patienceMs)).toEqual([{ type: "unload", name: "a", isGentle: false }]);
    expect(budget.decide(nowMs + minuteMs)).toEqual([]);
    budget.ended("a", { failed: false });
    expect(names(budget.decide(nowMs + minuteMs))).toEqual(["load c"]);
  });

  test("keeps the room that the first waits for from those after it", () => {
    const budget = new MemoryBudget(10);
    for (const [name, bytes] of [
      ["a", 5],
      ["c", 8],
      ["d", 3],
    ] as const)
      budget.set(name, need(bytes));
    budget.wanted("a", users(1), 0);
    budget.decide(0);
    budget.wanted("a", users(0), 0);
    budget.loaded("a", { heldBytes: 0, loadMs: 1 }, 0);
    budget.used("a", busy, 0);
    const nowMs = budgetRules.stayMs;
    budget.wanted("c", users(1), nowMs);
    budget.wanted("d", users(1), nowMs + 1);
    // Until patience ends what is free is not left unused.
    expect(names(budget.decide(nowMs + 1))).toEqual(["load d"]);
    budget.ended("d", { failed: false });
    budget.wanted("d", users(1), nowMs + 2);
    expect(names(budget.decide(nowMs + budgetRules.patienceMs))).toEqual(["unload a"]);
    budget.ended("a", { failed: false });
    expect(names(budget.decide(nowMs + budgetRules.patienceMs))).toEqual(["load c"]);
  });

  test("one that was loaded waits anew, and one that is asked for again soon keeps its place", () => {
    const budget = new MemoryBudget(5);
    for (const name of ["x", "y", "z"]) budget.set(name, need(5));
    budget.wanted("x", users(1), 0);
    budget.decide(0);
    budget.loaded("x", { heldBytes: 0, loadMs: 1 }, 0);
    budget.wanted("z", users(1), 10_000);
    budget.wanted("z", users(0), 11_000);
    // Of those that it was loaded for, the last is still on its way.
    budget.wanted("x", users(1), 12_000);
    budget.wanted("x", users(0), 12_000);
    budget.ended("x", { failed: false });
    for (const [at, name] of ["y", "x", "z"].entries()) budget.wanted(name, users(1), 20_000 + at);
    for (const name of ["z", "y", "x"]) {
      expect(names(budget.decide(21_000))).toEqual([`load ${name}`]);
      budget.ended(name, { failed: false });
      budget.wanted(name, users(0), 21_000);
    }
  });

  test("takes back an end that the engine refused", () => {
    const { budget, nowMs } = full();
    budget.wanted("c", users(1), nowMs);
    expect(budget.decide(nowMs)).toEqual([{ type: "unload", name: "a", isGentle: true }]);
    budget.unloadRefused("a", nowMs);
    expect(budget.decide(nowMs)).toEqual([{ type: "unload", name: "b", isGentle: true }]);
  });

  test("what nobody waits for pushes out no model of users", () => {
    const { budget, nowMs } = full();
    budget.wanted("c", { users: 0, background: 3 }, nowMs);
    expect(budget.decide(nowMs)).toEqual([]);
    expect(names(budget.decide(budgetRules.userIdleMs))).toEqual(["unload a"]);
    // And what runs in the background alone makes room for users at once.
    const other = full();
    other.budget.used("b", { ...busy, openOfUsers: 0 }, other.nowMs);
    other.budget.used("a", busy, other.nowMs);
    other.budget.wanted("c", users(1), other.nowMs);
    expect(other.budget.decide(other.nowMs)).toEqual([{ type: "unload", name: "b", isGentle: false }]);
  });

  test("sleeps after keep_alive, at once for 0, never for Infinity", () => {
    const budget = new MemoryBudget(Infinity);
    for (const [name, keepAliveMs] of [
      ["now", 0],
      ["later", 1_000],
      ["never", Infinity],
    ] as const) {
      budget.set(name, need(1, keepAliveMs));
      if (name !== "never") budget.wanted(name, users(1), 0);
    }
    expect(names(budget.decide(0)).sort()).toEqual(["load later", "load never", "load now"]);
    for (const name of ["now", "later", "never"]) {
      budget.loaded(name, { heldBytes: 0, loadMs: 1 }, 0);
      budget.wanted(name, users(0), 0);
    }
    expect(budget.decide(0)).toEqual([]);
    for (const name of ["now", "later", "never"]) budget.used(name, { ...idle }, 100);
    expect(names(budget.decide(100))).toEqual(["unload now"]);
    expect(budget.viewOf("later", 100).sleepsAtMs).toBe(1_100);
    expect(names(budget.decide(1_100))).toEqual(["unload later"]);
    expect(budget.decide(100 * minuteMs)).toEqual([]);
  });

  test("loads none more than twice a minute, and lets one that could not come back stay", () => {
    const budget = new MemoryBudget(10);
    budget.set("a", need(5, 0));
    const serve = (nowMs: number) => {
      budget.wanted("a", users(1), nowMs);
      const decided = names(budget.decide(nowMs));
      if (decided.length === 0) return decided;
      budget.wanted("a", users(0), nowMs);
      budget.loaded("a", { heldBytes: 0, loadMs: 1 }, nowMs);
      budget.used("a", idle, nowMs);
      return [...decided, ...names(budget.decide(nowMs))];
    };
    expect(serve(0)).toEqual(["load a", "unload a"]);
    budget.ended("a", { failed: false });
    // It stays until 60 s after the first load.
    expect(serve(1_000)).toEqual(["load a"]);
    expect(names(budget.decide(minuteMs - 1))).toEqual([]);
    expect(names(budget.decide(minuteMs))).toEqual(["unload a"]);
    budget.ended("a", { failed: false });
    expect(serve(minuteMs)).toEqual(["load a"]);
  });

  test("tells those who wait when two loads in a row have failed, and for what can never fit", () => {
    const budget = new MemoryBudget(10);
    budget.set("a", need(5));
    budget.set("large", need(11));
    budget.wanted("a", users(1), 0);
    budget.wanted("large", users(1), 0);
    const refusal = { type: "refuse", name: "large", why: "too-large" };
    expect(budget.decide(0)).toEqual([{ type: "load", name: "a" }, refusal] as Decision[]);
    budget.ended("a", { failed: true });
    expect(budget.view().heldBytes).toBe(0);
    expect(names(budget.decide(1))[0]).toBe("load a");
    budget.ended("a", { failed: true });
    expect(budget.decide(2)[0]).toEqual({ type: "refuse", name: "a", why: "failed" });
  });

  test("frees what a lower budget has no room for", () => {
    const { budget, nowMs } = full();
    budget.used("b", busy, nowMs);
    budget.budgetBytes = 5;
    expect(budget.decide(nowMs)).toEqual([{ type: "unload", name: "a", isGentle: true }]);
    budget.ended("a", { failed: false });
    budget.budgetBytes = 4;
    expect(budget.decide(nowMs)).toEqual([{ type: "unload", name: "b", isGentle: false }]);
  });

  test("keeps its promises whatever is asked: 15 fleets, 20 minutes each", () => {
    for (let seed = 1; seed <= 15; seed++) {
      const fleet = new SimulatedFleet(seededRandom(seed));
      fleet.run(minuteMs * 20);
      expect({ seed, faults: fleet.faults }).toEqual({ seed, faults: [] });
      expect(fleet.served).toBeGreaterThan(100);
    }
  });
});
