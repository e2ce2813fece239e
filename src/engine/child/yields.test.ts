import { beforeEach, describe, expect, test } from "bun:test";
import type { Sequence } from "./llama/sequence.ts";
import { FairQueue } from "./fair-queue.ts";
import { Lease, type Slot, type Waiting } from "./lease.ts";
import { Yields } from "./yields.ts";

const patienceMs = 1_000;
let queue: FairQueue<Waiting>;
let slots: Slot[];
beforeEach(() => {
  queue = new FairQueue();
  slots = [];
});

/** An answer that has its slot since time 0. */
function running(project: string, { keyId = "k", tokens = 100 } = {}): Lease {
  const account = queue.open({ project, keyId });
  const sequence = { length: tokens } as Sequence;
  const slot: Slot = { sequence, project, lease: undefined, work: undefined, usedAt: 0 };
  const lease = (slot.lease = new Lease(account, slot));
  lease.sinceMs = 0;
  queue.hold(account);
  slots.push(slot);
  return lease;
}

/** Waits since time 0. */
function waiting(project: string, keyId = "k"): Waiting {
  const account = queue.open({ project, keyId });
  const ignore = () => undefined;
  const one = {
    account,
    tokens: [],
    sinceMs: 0,
    isUnderWay: () => false,
    victim: undefined,
    admit: ignore,
    refuse: ignore,
  };
  queue.add(account, one, { again: false });
  return one;
}

const ask = (nowMs: number) => new Yields(slots, patienceMs).ask(queue.heads(), nowMs);
const asked = () => slots.map(({ lease }) => lease?.successor !== undefined);

describe("a slot changes hands", () => {
  test("when others have waited for long, and not before", () => {
    running("a");
    waiting("b");
    ask(patienceMs - 1);
    expect(asked()).toEqual([false]);
    ask(patienceMs);
    expect(asked()).toEqual([true]);
  });

  test("only where that makes shares more equal", () => {
    const answers = [running("a"), running("a"), running("b")];
    waiting("b");
    ask(patienceMs);
    expect(asked()).toEqual([false, false, false]);
    answers.push(running("a"));
    ask(patienceMs);
    expect(asked().filter(Boolean)).toHaveLength(1);
    expect(answers[2]?.successor).toBeUndefined();
  });

  test("one at a time", () => {
    for (let i = 0; i < 4; i++) running("a");
    waiting("b");
    waiting("c");
    ask(patienceMs);
    ask(patienceMs + 1);
    expect(asked().filter(Boolean)).toHaveLength(1);
  });

  test("from the answer of the one that holds most which has the least to lose", () => {
    running("b", { tokens: 1 });
    running("a", { tokens: 500 });
    running("a", { tokens: 50 });
    waiting("c");
    ask(patienceMs);
    expect(asked()).toEqual([false, false, true]);
  });

  test("between keys of a project, and never within a key", () => {
    running("a", { keyId: "1" });
    waiting("a", "1");
    ask(patienceMs);
    expect(asked()).toEqual([false]);
    waiting("a", "2");
    ask(patienceMs);
    expect(asked()).toEqual([true]);
  });
});

describe("an answer that has yielded", () => {
  test("is left alone for a while", () => {
    const lease = running("a");
    const [slot] = slots;
    if (slot) lease.moveTo(slot, 0);
    lease.sinceMs = 0;
    waiting("b");
    ask(5 * patienceMs - 1);
    expect(asked()).toEqual([false]);
    ask(5 * patienceMs);
    expect(asked()).toEqual([true]);
  });

  test("does not yield again before it has made as much progress as it has lost", () => {
    const lease = running("a");
    const [slot] = slots;
    if (slot) lease.moveTo(slot, 1_000);
    lease.sinceMs = 0;
    waiting("b");
    lease.spent = 1_999;
    ask(100 * patienceMs);
    expect(asked()).toEqual([false]);
    lease.spent = 2_000;
    ask(100 * patienceMs);
    expect(asked()).toEqual([true]);
  });
});
