import { afterAll, describe, expect, test } from "bun:test";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../../testing/temporary-folder.ts";
import { openTestContext, tokensOf, write, type Step } from "../../../testing/llama-context.ts";

import type { Sampler } from "./sampler.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const open = (options: Parameters<typeof openTestContext>[1]) => openTestContext(folder, options);
const idsOf = (step: Step) => step.map(({ id }) => id);
const failure = (work: Promise<unknown>) =>
  work.then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
const isRising = (ids: number[]) => ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0));

describe("answers that stream", () => {
  test("are all in each step, in the order of their sequences", async () => {
    const opened = await open({ slots: 4 });
    const { sequences, steps } = opened;
    await Promise.all(
      sequences
        .toReversed()
        .map((sequence) => write(opened, sequence, { prompt: tokensOf(`Number ${sequence.id}`), count: 20 })),
    );
    const decodes = steps.filter((step) => step.every(({ count }) => count === 1));
    expect(decodes.length).toBe(19);
    for (const step of decodes) expect(idsOf(step)).toEqual([0, 1, 2, 3]);
    expect(steps.every((step) => isRising(idsOf(step)))).toBe(true);
  });

  test("are two in a step where there are two", async () => {
    const opened = await open({ slots: 2 });
    await Promise.all(
      opened.sequences.map((sequence) => write(opened, sequence, { prompt: tokensOf("Two"), count: 10 })),
    );
    expect(opened.steps.slice(1).map((step) => step.length)).toEqual(Array.from({ length: 9 }, () => 2));
  });

  test("have the idle sequence between them filled, which then holds what it held", async () => {
    const opened = await open({ slots: 3 });
    const [first, middle, last] = opened.sequences;
    const prompt = tokensOf("The one between has a state");
    const alone = await write(opened, middle!, { prompt, count: 8 });
    const before = [...middle!.tokens];
    opened.steps.length = 0;
    await Promise.all(
      [first!, last!].map((sequence) => write(opened, sequence, { prompt: tokensOf("Outer"), count: 12 })),
    );
    expect(opened.steps.at(-1)?.length).toBe(3);
    expect(middle!.tokens).toEqual(before);
    // It goes on as it would have gone on alone.
    middle!.cut(prompt.length - 1);
    expect(await write(opened, middle!, { prompt, count: 8 })).toEqual(alone);
  });
});

describe("prompts", () => {
  test("come first come, first served, after the answers' tokens", async () => {
    const opened = await open({ slots: 3, batchTokens: 64 });
    const [streaming, early, late] = opened.sequences;
    let isOver = false;
    const stream = write(opened, streaming!, { prompt: tokensOf("Stream"), count: 400, mayGoOn: () => !isOver });
    const ends: string[] = [];
    const read = (name: string, sequence: typeof streaming, length: number) =>
      write(opened, sequence!, { prompt: tokensOf("x".repeat(length)), count: 1 }).then(() => ends.push(name));
    await Promise.all([read("early", early, 300), read("late", late, 90)]);
    isOver = true;
    await stream;
    expect(ends).toEqual(["early", "late"]);
    const pieces = opened.steps.filter((step) => step.some(({ count }) => count > 1)).slice(1);
    for (const step of pieces) expect(step).toContainEqual({ id: 0, count: 1 });
    // One long prompt a step.
    for (const step of pieces) expect(step.filter(({ count }) => count > 1).length).toBe(1);
  });

  test("that are short share a step", async () => {
    const opened = await open({ slots: 4, batchTokens: 64 });
    await Promise.all(
      opened.sequences.map((sequence) => write(opened, sequence, { prompt: tokensOf("x".repeat(16)), count: 1 })),
    );
    expect(opened.steps.map((step) => step.length)).toEqual([4]);
  });

  test("have the same answer in pieces of any size", async () => {
    const prompt = tokensOf("A prompt that is read in pieces, whichever they are. ".repeat(4));
    const answers: unknown[] = [];
    for (const batchTokens of [1, 7, 512]) {
      const opened = await open({ slots: 1, batchTokens });
      answers.push(await write(opened, opened.sequences[0]!, { prompt, count: 6 }));
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });
});

test("a job that may not go on ends between two steps, and goes on later in another sequence", async () => {
  const opened = await open({ slots: 2 });
  const [first, second] = opened.sequences;
  const prompt = tokensOf("Go on");
  const whole = await write(opened, first!, { prompt, count: 12 });
  first!.clear();
  let asked = 0;
  const begun = await write(opened, first!, { prompt, count: 12, mayGoOn: () => ++asked <= 5 });
  expect(begun).toEqual(whole.slice(0, 5));
  const rest = await write(opened, second!, { prompt: [...prompt, ...begun], count: 7 });
  expect([...begun, ...rest]).toEqual(whole);
});

test("exclusive work runs between two steps, and its error is its own", async () => {
  const opened = await open({ slots: 1 });
  const { batcher, sequences } = opened;
  const running = write(opened, sequences[0]!, { prompt: tokensOf("Run"), count: 30 });
  expect(await failure(batcher.exclusive(() => Promise.reject(new Error("mine"))))).toBe("mine");
  const during = await batcher.exclusive(async () => {
    const steps = opened.steps.length;
    await Bun.sleep(20);
    return opened.steps.length - steps;
  });
  expect(during).toBe(0);
  expect((await running).length).toBe(30);
  expect(batcher.isIdle).toBe(true);
});

test("a step that fails ends its answers and empties their sequences; others go on", async () => {
  const opened = await open({ slots: 2, contextTokens: 256 });
  const [first, second] = opened.sequences;
  // More than the sequence has cells for, which answers never ask for.
  expect(await failure(write(opened, first!, { prompt: tokensOf("x".repeat(600)), count: 1 }))).toContain("KV slot");
  expect(first!.length).toBe(0);
  expect((await write(opened, second!, { prompt: tokensOf("Fine"), count: 3 })).length).toBe(3);
});

test("an answer for which no token can be sampled fails alone, and leaves nothing in its sequence", async () => {
  const opened = await open({ slots: 2 });
  const [first, second] = opened.sequences;
  const other = write(opened, second!, { prompt: tokensOf("Fine"), count: 5 });
  const broken = opened.batcher.run({
    sequence: first!,
    tokens: tokensOf("What nobody may see"),
    sampler: { sample: () => Promise.reject(new Error("no token")) } as unknown as Sampler,
    withProbabilities: false,
    mayGoOn: () => true,
    onStep: () => undefined,
    onToken: () => undefined,
  });
  expect(await failure(broken)).toBe("no token");
  expect((await other).length).toBe(5);
  const prompt = tokensOf("The next in this sequence");
  const answer = await write(opened, first!, { prompt, count: 8 });
  second!.clear();
  expect(await write(opened, second!, { prompt, count: 8 })).toEqual(answer);
});
