import { describe, expect, test } from "bun:test";
import { limits } from "../base/limits.ts";
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
const compacting = (index: number) => (index % 2 === 0 ? 12_000 + (index % 7) : 30_000 + (index % 5));

describe("what goes on", () => {
  test.each<[string, Sending]>([
    ["a step each second, for an hour", { count: 3_600, everyMs: 1_000, bytes: growing }],
    ["a step each 0.6 s with a compaction each 50", { count: 2_000, everyMs: 600, bytes: (i) => growing(i % 50) }],
    ["the same again each two seconds", { count: 1_000, everyMs: 2_000, bytes: same }],
    ["a burst of sub-agents without names", { count: 120, everyMs: 50, bytes: (i) => (i * 7_919) % 50_000 }],
  ])("%s", (_, sending) => {
    expect(send(new LoopGuard(), sending).filter((slowed) => slowed !== undefined)).toEqual([]);
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
    const paced = send(guard, { count: 50, everyMs: loopPaceMs, bytes: same, fromMs: 1_040_000 });
    expect(paced.filter((one) => one !== undefined)).toEqual([]);
    const between = send(guard, { count: 2, everyMs: 100, bytes: same, fromMs: 1_040_000 + 50 * loopPaceMs });
    expect(between.map((one) => one === undefined)).toEqual([true, false]);
    const restedMs = 1_040_000 + 50 * loopPaceMs + 100 + loopRestMs;
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

test("so many sessions are remembered and no more; the one that was silent longest goes first", () => {
  const guard = new LoopGuard();
  send(guard, { count: 200, everyMs: 10, bytes: same, id: "busy" });
  for (let i = 0; i < sessionsWatchedMax * 2; i++) {
    guard.note(`s${i}`, 1, 1_002_000);
    if (i % 1_000 === 0) guard.note("busy", 20_000, 1_002_000);
  }
  expect(guard.size).toBe(sessionsWatchedMax);
  expect(guard.note("busy", 20_000, 1_002_000)).toBeDefined();
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
