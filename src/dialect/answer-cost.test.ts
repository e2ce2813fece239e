import { expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { limits } from "../base/limits.ts";
import { timesOfQuarter } from "../testing/cpu-time.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { createMessageStreamEncoder } from "./anthropic-messages/encode-events.ts";
import { salvageToolInput } from "./tool-input.ts";
import { checkAnswerSize } from "./answer-size.ts";
import type { AnswerKind, Dialect, Reader } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { EventStreamParser } from "./sse.ts";

// What a hostile answer may cost: memory and time in proportion to its bytes, and nothing without bound.

const kind: AnswerKind = { operation: "chat", stream: true, choiceCount: 1, isRaw: false };

/** Reads all of it, as the request path does, turn by turn. */
function readAll(reader: Reader, bytes: Buffer, pieceBytes = 64 * 1024): string | undefined {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (let rest: Uint8Array | undefined = bytes.subarray(at, at + pieceBytes); rest; rest = reader.rest)
      for (const batch of reader.push(rest)) {
        batch.events();
        if (batch.facts.failure) return batch.facts.failure.code;
      }
  }
  return reader.end().facts.failure?.code;
}

const delta = (fields: object) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: fields }] })}\n\n`;

/** Makes an input of about so many bytes. */
const streams: Record<string, (bytes: number) => string> = {
  "line ends alone": (bytes) => "\n".repeat(bytes),
  "CR alone": (bytes) => "\r".repeat(bytes),
  "comments of nothing": (bytes) => ":\n\n".repeat(bytes / 3),
  "events of nothing": (bytes) => "data:\n\n".repeat(bytes / 7),
  "one comment": (bytes) => `:${"x".repeat(bytes)}\n\n`,
  "one id": (bytes) => `id: ${"x".repeat(bytes)}\n\n`,
  "ids in one event": (bytes) => `${"id: x\n".repeat(bytes / 6)}\n`,
  "retries in one event": (bytes) => `${"retry: 1\n".repeat(bytes / 9)}\n`,
  "data lines in one event": (bytes) => `${"data:\n".repeat(bytes / 6)}\n`,
  "names without a colon in one event": (bytes) => `${"a\n".repeat(bytes / 2)}\n`,
  "blanks of lines in one event": (bytes) => `${" \r".repeat(bytes / 2)}\r`,
  "a stray line of colons": (bytes) => `a${":".repeat(bytes)}\n\n`,
  "a stray line without an end": (bytes) => "x".repeat(bytes),
  "texts of nothing": (bytes) => delta({ content: "" }).repeat(bytes / 60),
  "usage in each event": (bytes) =>
    `data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n`.repeat(bytes / 72),
  "tool calls": (bytes) =>
    delta({ tool_calls: [{ index: 2 ** 31, id: "a", function: { name: "f" } }] }).repeat(bytes / 120),
  "choices in one event": (bytes) => `data: {"choices":[${'{"delta":{}},'.repeat(bytes / 13)}{}]}\n\n`,
  "lists in one event": (bytes) => `data: {"choices":[],"a":[${"[],".repeat(bytes / 3)}1]}\n\n`,
};

for (const [name, make] of Object.entries(streams)) {
  for (const dialect of [openaiChat, anthropicMessages] satisfies Dialect[])
    test(`four times as much takes at most eight times as long: ${name}, ${dialect.name}`, () => {
      const reading = (size: number) => {
        const bytes = Buffer.from(make(size));
        return () => readAll(dialect.reader(kind), bytes);
      };
      expect(timesOfQuarter(reading(1_600_000), reading(400_000))).toBeLessThan(8);
    });
}

/** How many objects more there are after it, once what is not needed has been collected. */
function objectsKept(make: () => unknown): number {
  Bun.gc(true);
  const before = heapStats().objectCount;
  const kept = make();
  Bun.gc(true);
  const after = heapStats().objectCount;
  return kept === undefined ? 0 : after - before;
}

test("an event has so many lines at most, since it is read at once", () => {
  const linesOf = (count: number) => Buffer.from(`${"data:\n".repeat(count)}\n`);
  const read = (bytes: Buffer) => readAll(openaiChat.reader(kind), Buffer.concat([bytes, linesOf(1)]));
  expect(read(linesOf(50_000))).toBe("stream_interrupted");
  expect(read(linesOf(200_000))).toBe("upstream_invalid_response");
});

test("a hundred thousand reads of a byte keep a handful of objects", () => {
  const memory = Buffer.from("x".repeat(100_000));
  const parser = () => {
    const parser = new EventStreamParser();
    for (let at = 0; at < memory.length; at++) parser.push(memory.subarray(at, at + 1), () => undefined);
    expect(parser.heldBytes).toBe(memory.length);
    return parser;
  };
  const whole = () => {
    const reader = openaiChat.reader({ ...kind, stream: false });
    for (let at = 0; at < memory.length; at++) reader.push(memory.subarray(at, at + 1));
    expect(reader.heldBytes).toBe(memory.length);
    return reader;
  };
  for (const make of [parser, whole]) {
    make();
    expect(objectsKept(make)).toBeLessThan(2_000);
  }
});

test("a stream that ends a piece is read a thousand events at a time", () => {
  const reader = openaiChat.reader(kind);
  reader.push(Buffer.from("data:\n\n".repeat(2_500)));
  expect(reader.rest?.length).toBe(1_500 * 7);
});

test.each([
  ["calls", (index: number) => delta({ tool_calls: [{ index, id: `c${index}`, function: { name: "f" } }] })],
  ["early arguments", () => delta({ tool_calls: [{ index: 0, function: { arguments: "x".repeat(10_000) } }] })],
  ["long ids", () => delta({ tool_calls: [{ index: 0, id: "x".repeat(10_000), function: {} }] })],
])("an endless stream of %s ends", (_name, make) => {
  const reader = openaiChat.reader(kind);
  let failure: string | undefined;
  for (let index = 0; index < 10_000 && failure === undefined; index++)
    for (const batch of reader.push(Buffer.from(make(index)))) failure ??= batch.facts.failure?.code;
  expect(failure).toBe("upstream_invalid_response");
});

test("names of a vendor are not multiplied by its events", () => {
  const reader = openaiChat.reader(kind);
  const start = `data: ${JSON.stringify({ id: "i".repeat(1e6), model: "m".repeat(1e6), choices: [{ delta: { content: "a" } }] })}\n\n`;
  const [event] = reader.push(Buffer.from(start)).flatMap((batch) => batch.events());
  expect(JSON.stringify(event).length).toBeLessThan(1_000);
});

test("JSON is weighed before it is parsed", () => {
  const many = limits.answerWeightMax;
  for (const json of [
    `[${"[],".repeat(many / 2)}1]`,
    `[${"1,".repeat(many)}1]`,
    `{${Array.from({ length: many / 30 }, (_, index) => `"${index}":1`).join(",")}}`,
  ])
    expect(() => checkAnswerSize(Buffer.from(json))).toThrow("has too many parts");
  const token = { token: "abc", logprob: -0.5, bytes: [97, 98, 99] };
  const logprobs = Array.from({ length: 10_000 }, () => ({
    ...token,
    top_logprobs: Array.from({ length: 20 }, () => token),
  }));
  checkAnswerSize(Buffer.from(JSON.stringify({ choices: [{ logprobs: { content: logprobs } }] })));
  checkAnswerSize(Buffer.from(JSON.stringify({ text: '"\\'.repeat(5e6) })));
});

test("arguments that look whole again and again are not read again and again", () => {
  const saying = (deltas: number) => () => {
    const encoder = createMessageStreamEncoder();
    const said = (index: number, text: string) =>
      encoder.encode([{ type: "tool-call-delta", choice: 0, index, arguments: text }]);
    encoder.encode([
      { type: "start", id: "i", model: "m", createdS: 1 },
      { type: "tool-call-start", choice: 0, index: 0, id: "a", name: "a" },
      { type: "tool-call-start", choice: 0, index: 1, id: "b", name: "b" },
    ]);
    said(0, `{"a":[${"1,".repeat(deltas * 20)}1`);
    for (let count = 0; count < deltas; count++) said(0, "}");
  };
  expect(timesOfQuarter(saying(8_000), saying(2_000))).toBeLessThan(8);
});

test("what is whole of deep arguments is found in one pass", () => {
  const salvaging = (depth: number) => {
    const text = `{"a":${"[".repeat(depth)}${"[],".repeat(depth)}`;
    return () => salvageToolInput(text);
  };
  expect(timesOfQuarter(salvaging(80_000), salvaging(20_000))).toBeLessThan(8);
});
