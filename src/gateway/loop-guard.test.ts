import { describe, expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { limits } from "../base/limits.ts";
import { chooseSeed, seededRandom } from "../testing/random.ts";
import { LoopGuard, type Slowed } from "./loop-guard.ts";

const { sessionsWatchedMax, sessionRequestsMax, sessionRepeatsMax, loopPaceMs, loopRestMs, loopWindowMs } = limits;

/** Sends requests one after the other, each `everyMs`, and returns what became of each. */
function send(
  guard: LoopGuard,
  { count, everyMs, bytes, fromMs = 1_000_000, id = "s" }: Sending,
): (Slowed | undefined)[] {
  return Array.from({ length: count }, (_, index) => guard.note(id, bytes(index), fromMs + index * everyMs));
}

interface Sending {
  count: number;
  everyMs: number;
  bytes: (index: number) => number;
  fromMs?: number;
  id?: string;
}

const growing = (index: number) => 20_000 + index * 700;
const same = () => 20_000;
/** One of some conversations, at random, makes its next step. */
function interleaved(
  conversations: number,
  { repeatsShare = 0, seed = chooseSeed("loop-guard.test.ts") } = {},
): (index: number) => number {
  const random = seededRandom(seed);
  const sizes = Array.from({ length: conversations }, () => 20_000 + random() * 6_000);
  return () => {
    if (random() < repeatsShare) return 2_000 + Math.floor(random() * 300);
    const at = Math.floor(random() * conversations);
    return Math.round((sizes[at] = (sizes[at] ?? 0) + 200 + random() * 2_800));
  };
}
/** Goes round these sizes, which differ from round to round by up to so many bytes. */
function rounds(sizes: number[], differ: number): (index: number) => number {
  const random = seededRandom(chooseSeed("loop-guard.test.ts"));
  return (index) => (sizes[index % sizes.length] ?? 0) + Math.floor(random() * differ);
}
const compacting = (index: number) => (index % 2 === 0 ? 12_000 + (index % 7) : 30_000 + (index % 5));

describe("what goes on", () => {
  test.each<[string, Sending]>([
    ["a step each second, for an hour", { count: 3_600, everyMs: 1_000, bytes: growing }],
    ["a step each 0.6 s with a compaction each 50", { count: 2_000, everyMs: 600, bytes: (i) => growing(i % 50) }],
    ["the same again each two seconds", { count: 1_000, everyMs: 2_000, bytes: same }],
    ["a burst of sub-agents without names", { count: 120, everyMs: 50, bytes: (i) => (i * 7_919) % 50_000 }],
    ["ten sub-agents without names", { count: 2_000, everyMs: 600, bytes: interleaved(10) }],
    ["ten that walk in step", { count: 2_000, everyMs: 600, bytes: (i) => growing(Math.floor(i / 10)) }],
  ])("%s", (_, sending) => {
    expect(send(new LoopGuard(), sending).filter((slowed) => slowed !== undefined)).toEqual([]);
  });

  test("ten with small requests between, but for a few in a hundred: seeds that do not change, since it is a share", () => {
    const slowed = Array.from({ length: 200 }, (_, seed) =>
      send(new LoopGuard(), { count: 1_000, everyMs: 600, bytes: interleaved(10, { repeatsShare: 0.1, seed }) }).some(
        (one) => one !== undefined,
      ),
    );
    expect(slowed.filter(Boolean).length).toBeLessThan(15);
  });

  test("sub-agents that are named, each by itself", () => {
    const guard = new LoopGuard();
    for (let step = 0; step < 100; step++)
      for (let agent = 0; agent < 20; agent++)
        expect(guard.note(`s\n${agent}`, growing(step), step * 1_000)).toBeUndefined();
  });
});

describe("what is slowed", () => {
  test.each<[string, Sending, number]>([
    ["the same request", { count: 300, everyMs: 500, bytes: same }, sessionRepeatsMax + 1],
    ["compaction after compaction", { count: 300, everyMs: 900, bytes: compacting }, sessionRepeatsMax + 1],
    ["growing ones, faster than models answer", { count: 300, everyMs: 100, bytes: growing }, sessionRequestsMax + 1],
  ])("%s", (_, sending, first) => {
    const slowed = send(new LoopGuard(), sending);
    expect(slowed.findIndex((one) => one !== undefined)).toBe(first - 1);
    expect(slowed[first - 1]).toMatchObject({ requests: first, retryAfterMs: loopPaceMs, isNews: true });
    // One each so many seconds goes on.
    const passed = slowed.slice(first).filter((one) => one === undefined).length;
    const paceMs = Math.ceil(loopPaceMs / sending.everyMs) * sending.everyMs;
    expect(passed).toBe(Math.floor(((sending.count - first) * sending.everyMs) / paceMs));
  });

  test.each<[string, (index: number) => number]>([
    ["one request with another date in it", rounds([20_000], 40)],
    ["one of changing length", rounds([20_000], 1_000)],
    ["summaries of changing length", rounds([12_000, 30_000], 2_000)],
    ["three kinds in turn", rounds([12_000, 20_000, 30_000], 2_000)],
  ])("%s, before it has sent twice as many as others may", (_, bytes) => {
    const slowed = send(new LoopGuard(), { count: sessionRequestsMax, everyMs: 500, bytes });
    expect(slowed.findIndex((one) => one !== undefined)).toBeWithin(sessionRepeatsMax, sessionRequestsMax);
    expect(slowed.filter((one) => one !== undefined).length).toBeGreaterThan(50);
  });

  test("goes on as before once its requests are steps again", () => {
    const guard = new LoopGuard();
    send(guard, { count: 300, everyMs: 100, bytes: same });
    const work = send(guard, { count: 300, everyMs: 4_000, bytes: growing, fromMs: 1_030_000 });
    const minutes = Math.ceil((loopWindowMs + 20_000) / 4_000);
    expect(work.slice(0, minutes).some((one) => one !== undefined)).toBeTrue();
    expect(work.slice(minutes).filter((one) => one !== undefined)).toEqual([]);
  });

  test("goes on as before when it has asked for no more than others for two minutes", () => {
    const guard = new LoopGuard();
    send(guard, { count: 300, everyMs: 100, bytes: same });
    const polled = send(guard, { count: 300, everyMs: 4_000, bytes: same, fromMs: 1_030_000 });
    const settled = Math.ceil((2 * loopWindowMs) / 4_000);
    expect(polled.slice(settled).filter((one) => one !== undefined)).toEqual([]);
  });

  test("rests where all that it sent was refused", () => {
    const guard = new LoopGuard();
    send(guard, { count: sessionRepeatsMax + 1, everyMs: 10, bytes: same });
    const startMs = 1_000_000 + sessionRepeatsMax * 10;
    expect(guard.note("s", 20_000, startMs + loopPaceMs - 1)).toBeDefined();
    expect(guard.note("s", 20_000, startMs + loopRestMs)).toBeUndefined();
    expect(guard.note("s", 20_000, startMs + loopRestMs + 1)).toBeUndefined();
  });

  test("is told once in two minutes, and waits for what is left of its pace", () => {
    const guard = new LoopGuard();
    const slowed = send(guard, { count: 3_000, everyMs: 100, bytes: same }).filter((one) => one !== undefined);
    expect(slowed.filter(({ isNews }) => isNews)).toHaveLength(Math.ceil((3_000 * 100) / loopWindowMs));
    for (const { retryAfterMs } of slowed) {
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(loopPaceMs);
    }
  });

  test("goes on as before once it has rested, and not while it keeps to its pace", () => {
    const guard = new LoopGuard();
    send(guard, { count: 200, everyMs: 100, bytes: same });
    const paced = send(guard, { count: 15, everyMs: loopPaceMs, bytes: same, fromMs: 1_040_000 });
    expect(paced.filter((one) => one !== undefined)).toEqual([]);
    const between = send(guard, { count: 2, everyMs: 100, bytes: same, fromMs: 1_040_000 + 15 * loopPaceMs });
    expect(between.map((one) => one === undefined)).toEqual([true, false]);
    const restedMs = 1_040_000 + 15 * loopPaceMs + 100 + loopRestMs;
    const rested = send(guard, { count: sessionRepeatsMax, everyMs: 100, bytes: same, fromMs: restedMs });
    expect(rested.filter((one) => one !== undefined)).toEqual([]);
  });

  test("leaves other sessions alone", () => {
    const guard = new LoopGuard();
    send(guard, { count: 200, everyMs: 100, bytes: same });
    expect(guard.note("another", 20_000, 1_020_000)).toBeUndefined();
    expect(guard.note("s", 20_000, 1_020_000)).toBeDefined();
  });
});

test("so many sessions are remembered and no more, and one that is used is not forgotten", () => {
  const guard = new LoopGuard();
  send(guard, { count: 200, everyMs: 10, bytes: same, id: "busy" });
  for (let i = 0; i < sessionsWatchedMax * 2; i++) {
    guard.note(`s${i}`, 1, 1_002_000);
    if (i % 1_000 === 0) guard.note("busy", 20_000, 1_002_000);
  }
  expect(guard.size).toBeWithin(sessionsWatchedMax / 2, sessionsWatchedMax + 1);
  expect(guard.note("busy", 20_000, 1_002_000)).toBeDefined();
});

test("sessions with long names take no more memory than others, and new ones little time", () => {
  const name = (i: number) => `${i}`.padEnd(1_200, "x");
  const heapBytes = () => {
    Bun.gc(true);
    const { heapSize, extraMemorySize } = heapStats();
    return heapSize + extraMemorySize;
  };
  const before = heapBytes();
  const guard = new LoopGuard();
  for (let i = 0; i < sessionsWatchedMax; i++) guard.note(name(i), 1, 1_000_000);
  expect((heapBytes() - before) / guard.size).toBeLessThan(900);
  const startedNs = Bun.nanoseconds();
  for (let i = 0; i < sessionsWatchedMax * 3; i++) guard.note(name(sessionsWatchedMax + i), 1, 1_000_000);
  // A table that looks for its oldest entry takes 98 µs each.
  expect((Bun.nanoseconds() - startedNs) / (sessionsWatchedMax * 3)).toBeLessThan(50_000);
});

test("the count is that of the last two minutes, whatever the gaps", () => {
  const guard = new LoopGuard();
  let nowMs = 5_000_000;
  for (const gapMs of [0, 1, 9_999, 10_001, 119_999, 120_001, 500_000, 3]) {
    nowMs += gapMs;
    send(guard, { count: 60, everyMs: 1, bytes: same, fromMs: nowMs });
    nowMs += 60;
  }
  // Two rounds of sixty came within the window, so that one more is beyond it.
  expect(guard.note("s", 20_000, nowMs)).toMatchObject({ requests: sessionRepeatsMax + 1 });
});
