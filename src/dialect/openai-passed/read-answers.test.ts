import { describe, expect, test } from "bun:test";
import type { Batch } from "../../call/index.ts";
import type { AnswerGuard, AnswerKind } from "../dialect.ts";
import { createPassedReader } from "./create-reader.ts";

const kind = (operation: AnswerKind["operation"], more: Partial<AnswerKind> = {}): AnswerKind => ({
  operation,
  stream: false,
  choiceCount: 1,
  isRaw: true,
  ...more,
});

function read(of: AnswerKind, ...chunks: (string | Uint8Array)[]): Batch[] {
  const reader = createPassedReader(of);
  const batches = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk as string)));
  const isOver = batches.some(({ facts }) => facts.isEnd || facts.failure);
  return isOver ? batches : [...batches, reader.end()];
}
const last = (...args: Parameters<typeof read>) => read(...args).at(-1)?.facts;

describe("an answer in JSON", () => {
  test("of 25 MB keeps its memory, and its usage is read", () => {
    const usage = '"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}';
    const body = Buffer.from(`{"data":[{"b64_json":"${"A".repeat(25 * 1024 * 1024)}"}],${usage}}`);
    const reader = createPassedReader(kind("image-generation"));
    reader.push(body);
    const { raw, facts } = reader.end();
    expect(raw?.buffer === body.buffer && raw.length === body.length).toBe(true);
    expect(facts).toMatchObject({ isEnd: true, usage: { outputTokens: 2, counts: { image: 1 } } });
  });

  test.each([
    ["", "the answer is empty"],
    ["[]", "the answer is not JSON"],
    ['{"data":[', "the answer is not JSON"],
    ['{"data":[x]}', "the answer is not JSON"],
    ["{}", "the answer has no data"],
    ['{"error":{"message":"bad prompt"}}', "bad prompt"],
    ['{"message":"bad prompt","code":"x"}', "bad prompt"],
    ['{"data":[],"error":{"message":"bad prompt"}}', "bad prompt"],
    [
      `{"error":{"message":"bad prompt"},"data":["${"A".repeat(100_000)}"]}`,
      "the answer has an error beside its content",
    ],
  ])("such as %p is none", (body, problem) => {
    const { isEnd, failure } = last(kind("image-edit"), body) ?? {};
    expect([isEnd, failure?.message]).toEqual([false, expect.stringContaining(problem)]);
  });

  test("counts nothing that is no count", () => {
    const seconds = (text: string) =>
      last(kind("transcription"), `{"text":"x","duration":${text}}`)?.usage?.counts?.["second"];
    expect(["8.01", '"8.47"', "-1", "1e99", "null", '"x"', "{}"].map(seconds)).toEqual([
      9,
      9,
      ...Array(5).fill(undefined),
    ]);
  });

  test("with a secret in it is not passed", () => {
    const guard = { holds: (bytes: Uint8Array) => bytes.includes(0x24), failure: () => new Error("secret") };
    const facts = last(kind("moderation", { guard: guard as unknown as AnswerGuard }), '{"results":[],"x":"$"}');
    expect([facts?.isEnd, facts?.failure !== undefined]).toEqual([false, true]);
  });
});

describe("a stream of images", () => {
  const event = (type: string, more: object = {}) => `data: ${JSON.stringify({ type, ...more })}\n\n`;
  const done = (output: number) =>
    event("image_generation.completed", {
      b64_json: "AAAA",
      usage: { input_tokens: 1, output_tokens: output, total_tokens: output + 1 },
    });
  const asked = (choiceCount: number) => kind("image-generation", { stream: true, choiceCount });

  test("is whole with the last of its images", () => {
    expect(read(asked(1), done(5)).at(-1)?.facts).toMatchObject({ isEnd: true, usage: { counts: { image: 1 } } });
    expect(read(asked(2), done(5), done(9)).map(({ facts }) => facts.isEnd)).toEqual([false, true]);
  });

  test("of Ark counts those that were made", () => {
    const made = event("image_generation.partial_succeeded", { url: "u" });
    const end = event("image_generation.completed", {
      usage: { generated_images: 2, output_tokens: 9, total_tokens: 9 },
    });
    expect(last(asked(1), made, made, end)).toMatchObject({ isEnd: true, usage: { counts: { image: 2 } } });
  });

  test.each([
    ["nothing", ""],
    ["a part", event("image_generation.partial_image", { b64_json: "A" })],
    ["an end without images", "data: [DONE]\n\n"],
  ])("that has %s is cut", (_, text) => {
    expect(last(asked(1), text)?.failure?.code).toBe("stream_interrupted");
  });
});

test("a stream of Mistral's transcripts is whole with its end, and its seconds are counted", () => {
  const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const text = event("transcription.text.delta", { text: "Hello" });
  const usage = { prompt_audio_seconds: 203, prompt_tokens: 4, completion_tokens: 635, total_tokens: 3264 };
  const asked = kind("transcription", { stream: true });
  const facts = read(asked, text, event("transcription.done", { text: "Hello", usage })).map((batch) => batch.facts);
  expect(facts.reduce((sum, { textBytes }) => sum + textBytes, 0)).toBe(5);
  expect(facts.at(-1)).toMatchObject({ isEnd: true, usage: { outputTokens: 635, counts: { second: 203 } } });
  expect(last(asked, text)?.failure?.code).toBe("stream_interrupted");
});
