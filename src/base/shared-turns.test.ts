import { expect, test } from "bun:test";
import { queueTurn, sharedTurn, spendTurn } from "./shared-turns.ts";

const nextLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

test("one piece of work is done in a turn of the event loop, by turns of projects", async () => {
  const done: string[] = [];
  for (let piece = 0; piece < 5; piece++) queueTurn({ project: "noisy", keyId: "a" }, () => done.push("noisy"));
  queueTurn({ project: "calm", keyId: "b" }, () => done.push("calm"));
  for (let turn = 1; turn <= 6; turn++) {
    await nextLoop();
    expect(done.length).toBeLessThanOrEqual(turn);
  }
  await sharedTurn({ project: "calm", keyId: "b" });
  expect(done).toEqual(["noisy", "calm", "noisy", "noisy", "noisy", "noisy"]);
});

test("a project has its share of each turn, and what one has spent is not held against another", async () => {
  const [noisy, calm] = [
    { project: "noisy", keyId: "a" },
    { project: "calm", keyId: "b" },
  ];
  expect([spendTurn(noisy, 0.3), spendTurn(noisy, 0.3), spendTurn(calm, 0.3)]).toEqual([false, true, false]);
  await nextLoop();
  expect(spendTurn(noisy, 0.3)).toBe(false);
});
