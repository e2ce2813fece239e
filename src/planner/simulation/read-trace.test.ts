import { expect, test } from "bun:test";
import { join } from "node:path";
import { readTrace, repeatTrace, scaleRate } from "./index.ts";
import { hitCeiling } from "./trace.ts";

const excerpt = async (name: string) =>
  readTrace(await Bun.file(join(import.meta.dir, "../../testing/traces", name)).text(), name);

test("Mooncake's requests, with equal blocks as equal numbers", async () => {
  const trace = await excerpt("mooncake.jsonl");
  expect(trace.requests).toBe(257);
  expect(trace.blockTokens).toBe(512);
  expect(trace.blocks.length).toBe(6_562);
  expect(Math.max(...trace.blocks)).toBe(trace.distinctBlocks - 1);
  expect(Math.max(...trace.promptTokens)).toBe(121_927);
  // Reckoned from the file by a program of its own.
  expect(hitCeiling(trace)).toBeCloseTo(0.3828101, 6);
});

test("Azure's requests, with all digits of their times", async () => {
  const trace = await excerpt("azure-code.csv");
  expect([trace.requests, trace.blockTokens, trace.blocks.length, hitCeiling(trace)]).toEqual([300, 0, 0, 0]);
  expect([...trace.promptTokens.subarray(0, 3)]).toEqual([4808, 3180, 110]);
  expect([...trace.answerTokens.subarray(0, 3)]).toEqual([10, 8, 27]);
  expect(trace.arrivalMs[0]).toBe(0);
  expect(trace.arrivalMs[2]).toBeCloseTo(98.189, 3);
  expect((await excerpt("azure-conversation.csv")).requests).toBe(300);
});

test("requests are put in the order of their arrival", () => {
  const text = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:01.5,2,1\r\n2023-11-16 18:00:00,1,1\r\n\r\n";
  const trace = readTrace(text, "two");
  expect([...trace.promptTokens]).toEqual([1, 2]);
  expect([...trace.arrivalMs]).toEqual([0, 1_500]);
});

test.each([
  ["", /has no requests|its first line is ""/],
  ["a,b\n1,2", /CSV with the columns TIMESTAMP, ContextTokens, GeneratedTokens; its first line is "a,b"/],
  ["TIMESTAMP,ContextTokens,GeneratedTokens", /it has no requests/],
  ["TIMESTAMP,ContextTokens,GeneratedTokens\nnoon,2,1", /TIMESTAMP of t, line 2: "noon" is not a time/],
  ["TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:00,2.5,1", /ContextTokens of t, line 2: a whole number/],
  ["TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:00,2", /GeneratedTokens of t, line 2/],
  ['{"timestamp": 0', /t, line 1: it is not JSON/],
  ['{"timestamp": 0, "input_length": 0, "output_length": 1, "hash_ids": []}', /input_length of t, line 1/],
  ['{"timestamp": 0, "input_length": 513, "output_length": 1, "hash_ids": [1]}', /1 hash_ids .* which has 2 blocks/],
  ['{"timestamp": 0, "input_length": 5, "output_length": 1, "hash_ids": ["a"]}', /hash_ids of t, line 1/],
  ['\n{"timestamp": "0", "input_length": 5, "output_length": 1, "hash_ids": [1]}', /timestamp of t, line 2/],
])("what is not a trace is refused, with its line: %p", (text, message) => {
  expect(() => readTrace(text, "t")).toThrow(message);
});

test("a trace at four times its rate, and twice in a row with new prompts", async () => {
  const trace = await excerpt("mooncake.jsonl");
  const fast = scaleRate(trace, 4);
  expect(fast.durationMs).toBe(trace.durationMs / 4);
  expect(fast.arrivalMs.at(-1)).toBe((trace.arrivalMs.at(-1) ?? 0) / 4);
  const twice = repeatTrace(trace, 2);
  expect(twice.requests).toBe(514);
  expect(hitCeiling(twice)).toBeCloseTo(hitCeiling(trace), 12);
  expect(twice.arrivalMs[257]).toBe(trace.durationMs);
  expect(twice.durationMs).toBe(2 * trace.durationMs);
  const blocksOf = (request: number) =>
    twice.blocks.subarray(twice.blockStarts[request], twice.blockStarts[request + 1]);
  expect([...blocksOf(300)]).toEqual([...blocksOf(43)].map((block) => block + trace.distinctBlocks));
  expect(() => scaleRate(trace, 0)).toThrow("Cannot scale a trace's rate by 0");
  expect(() => repeatTrace(trace, 1.5)).toThrow("Cannot repeat a trace 1.5 times");
});
