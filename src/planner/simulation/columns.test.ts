import { expect, test } from "bun:test";
import { chooseSeed, seededRandom } from "../../testing/random.ts";
import { DecodeBatches } from "./decode-batches.ts";
import { EventHeap } from "./event-heap.ts";
import { PrefixCaches } from "./prefix-caches.ts";
import { StepTimes } from "./step-times.ts";

const random = seededRandom(chooseSeed("columns.test.ts"));
const whole = (below: number) => Math.floor(random() * below);

test("the first of all events is found, however they are moved", () => {
  const times = Array.from({ length: 13 }, () => Number.POSITIVE_INFINITY);
  const heap = new EventHeap(times.length);
  for (let round = 0; round < 3_000; round++) {
    const owner = whole(times.length);
    const timeMs = random() < 0.2 ? Number.POSITIVE_INFINITY : random();
    times[owner] = timeMs;
    heap.move(owner, timeMs);
    const first = Math.min(...times);
    expect(heap.timeMs).toBe(first);
    expect(times[heap.owner]).toBe(first);
  }
});

test("each sequence ends after as many steps as it has tokens to go", () => {
  const batches = new DecodeBatches(2, 500, 20);
  const left = new Map<number, number>();
  const context = new Map<number, number>();
  let next = 0;
  for (let round = 0; round < 1_500; round++) {
    if (left.size < 20 && next < 500 && random() < 0.5) {
      const [tokens, steps] = [1 + whole(100), 1 + whole(30)];
      batches.add(1, next, tokens, steps);
      left.set(next, steps);
      context.set(next++, tokens);
    }
    if (left.size === 0) continue;
    expect(batches.countAt(1)).toBe(left.size);
    expect(batches.meanContextAt(1)).toBeCloseTo(
      [...left.keys()].reduce((sum, id) => sum + (context.get(id) ?? 0), 0) / left.size,
      6,
    );
    const least = Math.min(...left.values());
    expect(batches.stepsLeftAt(1)).toBe(least);
    const steps = 1 + whole(least);
    batches.advance(1, steps);
    for (const [id, tokens] of left) {
      left.set(id, tokens - steps);
      context.set(id, (context.get(id) ?? 0) + steps);
    }
    for (let id = batches.takeEnded(1, (id) => context.get(id) ?? 0); id !== -1;) {
      expect(left.get(id)).toBe(0);
      left.delete(id);
      id = batches.takeEnded(1, (id) => context.get(id) ?? 0);
    }
    expect([...left.values()]).not.toContain(0);
  }
  expect(batches.countAt(0)).toBe(0);
});

test("caches keep used blocks, and give up the one that was unused longest", () => {
  const [replicas, blocks] = [3, 40];
  const caches = new PrefixCaches(replicas, blocks);
  /** By replica: blocks in the order in which they came to be unused, and the users of all. */
  const model = Array.from({ length: replicas }, () => new Map<number, number>());
  const unused: number[][] = model.map(() => []);
  for (let round = 0; round < 20_000; round++) {
    const replica = whole(replicas);
    const block = whole(blocks);
    const users = model[replica]!;
    const entry = caches.find(block, replica);
    expect(entry !== -1).toBe(users.has(block));
    const act = random();
    if (entry === -1) {
      caches.insert(block, replica, 1 + block);
      users.set(block, 1);
    } else if (act < 0.3) {
      caches.use(entry);
      users.set(block, users.get(block)! + 1);
      unused[replica] = unused[replica]!.filter((other) => other !== block);
    } else if (act < 0.85 && users.get(block)! > 0) {
      caches.release(entry);
      users.set(block, users.get(block)! - 1);
      if (users.get(block) === 0) unused[replica]!.push(block);
    } else {
      const oldest = unused[replica]!.shift();
      expect(caches.giveUpOldest(replica)).toBe(oldest === undefined ? 0 : 1 + oldest);
      if (oldest !== undefined) users.delete(oldest);
    }
    if (round % 20 !== 0) continue;
    const asked = Int32Array.from({ length: 5 }, () => whole(blocks));
    const counts = new Int32Array(replicas).fill(9);
    caches.countLeading(asked, 1, 5, counts);
    for (const [replica, kept] of model.entries()) {
      const gap = asked.subarray(1).findIndex((block) => !kept.has(block));
      expect(counts[replica]).toBe(gap === -1 ? 4 : gap);
    }
  }
});

test("tables say what the functions say", () => {
  const functions = {
    prefillMs: (newTokens: number, before: number) => Math.max(9, 3 + 0.02 * newTokens * (1 + before / 50_000)),
    decodeMs: (batch: number, context: number) => 5 + Math.sqrt(batch) + (batch * context) / 20_000,
  };
  const contextMax = 100_000;
  const times = new StepTimes(functions, { batchMax: 64, contextMax });
  for (let round = 0; round < 5_000; round++) {
    const before = whole(contextMax);
    const newTokens = 1 + (random() < 0.5 ? whole(300) : whole(contextMax - before));
    // The bend, where a step begins to take longer than its least, is between two points.
    expect(times.prefillMs(newTokens, before) / functions.prefillMs(newTokens, before)).toBeWithin(0.99, 1.03);
    const batch = 1 + whole(64);
    expect(times.decodeMs(batch, before)).toBeCloseTo(functions.decodeMs(batch, before), 6);
  }
  expect(times.prefillMs(contextMax, 0)).toBeCloseTo(functions.prefillMs(contextMax, 0), 6);
  expect(() => new StepTimes({ ...functions, decodeMs: () => Number.NaN }, { batchMax: 1, contextMax: 1 })).toThrow(
    "a decode step takes NaN ms",
  );
});
