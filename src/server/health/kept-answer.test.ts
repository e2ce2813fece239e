import { expect, test } from "bun:test";
import { keptAnswer } from "./kept-answer.ts";

test("one look serves all who ask within its time, and a failure is not kept", async () => {
  let nowMs = 1_000;
  let looks = 0;
  let fault: Error | undefined;
  const ask = keptAnswer(
    async () => {
      looks++;
      if (fault) throw fault;
      return looks;
    },
    { clock: { monotonic: () => nowMs }, keptMs: 10 },
  );
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  nowMs += 9;
  expect(await ask()).toBe(1);
  nowMs += 1;
  expect(await ask()).toBe(2);
  nowMs += 10;
  fault = new Error("the store is away");
  expect(await ask().catch((error: unknown) => error)).toBe(fault);
  fault = undefined;
  expect(await ask()).toBe(4);
});
