import { describe, expect, test } from "bun:test";
import { Progress, progressLimitS, SharedWork } from "./progress.ts";

const tick = (progress: Progress, seconds: number) => {
  for (let i = 0; i < seconds; i++) progress.tick();
};

describe("work", () => {
  test("hangs when nothing comes for longer than its limit, though other work goes on", () => {
    const progress = new Progress();
    const work = progress.begin(10);
    const other = progress.begin(10);
    tick(progress, 10);
    other.step();
    expect(progress.hangsS).toBeNull();
    tick(progress, 1);
    expect(progress.hangsS).toBe(11);
    work.step();
    expect(progress.hangsS).toBeNull();
    tick(progress, 11);
    work.end();
    other.end();
    expect(progress.hangsS).toBeNull();
  });

  test("is counted by itself each second", async () => {
    const progress = new Progress();
    progress.begin(0);
    await Bun.sleep(1_200);
    expect(progress.hangsS).toBeWithin(1, 30);
  });

  test("of callers that wait for each other progresses with any of them", async () => {
    const progress = new Progress();
    const shared = new SharedWork(progress, 10);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const firstRun = shared.during(() => first.promise);
    const secondRun = shared.during(() => second.promise);
    tick(progress, 11);
    expect(progress.hangsS).toBe(11);
    first.resolve();
    await firstRun;
    expect(progress.hangsS).toBeNull();
    tick(progress, 11);
    second.reject(new Error("failed"));
    await secondRun.catch(() => undefined);
    tick(progress, 11);
    expect(progress.hangsS).toBeNull();
  });
});

test("a slow model gets the time that its batches take", () => {
  const tuning = (prompt: Record<number, number>) => ({ tokensPerS: { one: {}, several: {}, prompt } });
  expect(progressLimitS(tuning({}), 2048)).toBe(300);
  expect(progressLimitS(tuning({ 1: 900, 2: 1000 }), 2048)).toBe(300);
  expect(progressLimitS(tuning({ 2: 4 }), 2048)).toBe(5120);
  expect(progressLimitS(tuning({ 2: 0 }), 512)).toBeGreaterThan(5120);
});
