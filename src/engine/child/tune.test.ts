import { afterAll, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { openTestContext, tokensOf, write } from "../../testing/llama-context.ts";
import { guessThreads, measureThreads } from "./tune.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

test("threads are measured up to all cores, in steps between those of answers, which stay the same", async () => {
  const opened = await openTestContext(folder, { slots: 2 });
  const [sequence, other] = opened.sequences;
  const prompt = tokensOf("Meanwhile");
  const alone = await write(opened, sequence!, { prompt, count: 60 });
  sequence!.clear();
  const writing = write(opened, sequence!, { prompt, count: 60 });
  const measured = await measureThreads({ ...opened, contextTokens: 512, canTakeBack: true });
  expect(await writing).toEqual(alone);
  for (const kind of ["one", "several", "prompt"] as const) {
    expect(measured!.threads[kind]).toBeWithin(1, availableParallelism() + 1);
    for (const speed of Object.values(measured!.tokensPerS[kind])) expect(speed).toBeGreaterThan(0);
  }
  expect(Object.keys(measured!.tokensPerS.one).slice(0, 2)).toEqual(["1", "2"].slice(0, availableParallelism()));
  expect(other!.length).toBe(0);
});

test("threads are measured where each slot holds a conversation, which stays as it was", async () => {
  const opened = await openTestContext(folder, { slots: 1 });
  const sequence = opened.sequences[0]!;
  const prompt = tokensOf("The only slot is taken");
  const alone = await write(opened, sequence, { prompt, count: 20 });
  sequence.cut(prompt.length);
  expect(await measureThreads({ ...opened, contextTokens: 512, canTakeBack: true })).toBeDefined();
  expect(sequence.length).toBe(prompt.length);
  sequence.cut(prompt.length - 1);
  expect(await write(opened, sequence, { prompt, count: 20 })).toEqual(alone);
});

test("a model too large to be quick is first run with most cores, a small one with one", () => {
  expect(guessThreads(1e6)).toEqual({ one: 1, several: 1, prompt: 1 });
  expect(guessThreads(1e10).prompt).toBe(Math.max(1, availableParallelism() - 1));
});
