import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnswerEvent, Batch, ChatEvent } from "../../call/index.ts";
import { foldAnswer, textOf, toolCallsOf } from "../fold-answer.ts";
import { createStreamReader } from "../stream-reader.ts";
import { createMessageStreamDecoder, decodeMessage } from "./decode-events.ts";
import { duplicateStart, framed, textStream, thinkingStream, toolStream, wholeMessage } from "./fixtures.ts";
import { anthropicMessages } from "./index.ts";

const fixtures = { textStream, thinkingStream, toolStream, duplicateStart };
const chat = { operation: "chat", choiceCount: 1, isRaw: false } as const;

/** All batches of a stream, the end included. */
function readStream(bytes: Uint8Array, cuts: readonly number[] = []): Batch[] {
  const reader = anthropicMessages.reader({ ...chat, stream: true });
  const batches: Batch[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    batches.push(...reader.push(bytes.slice(from, cut)));
    from = cut;
  }
  const last = batches.at(-1)?.facts;
  return last?.isEnd || last?.failure ? batches : [...batches, reader.end()];
}

function readWhole(body: string): Batch {
  const reader = anthropicMessages.reader({ ...chat, stream: false });
  return reader.push(Buffer.from(body))[0] ?? reader.end();
}

/** The events without the time of their start. Deltas that say nothing are left out: whether they are there is no promise. */
function eventsOf(batches: readonly Batch[]): AnswerEvent[] {
  return batches
    .flatMap((batch) => batch.events())
    .filter((event) => !("text" in event && event.text === ""))
    .map((event) => (event.type === "start" ? { ...event, createdS: 0 } : event));
}

const decoded = (stream: string) => eventsOf(readStream(framed(stream)));
const start = (id: string, model: string): ChatEvent => ({ type: "start", id, model, createdS: 0 });
const text = (words: string): ChatEvent => ({ type: "text-delta", choice: 0, text: words });
const thought = (words: string): ChatEvent => ({ type: "reasoning-delta", choice: 0, text: words });
const usage = (input: number, cached: number, written: number, output: number, reasoning = 0) => ({
  type: "usage" as const,
  usage: {
    inputTokens: input,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: output,
    reasoningTokens: reasoning,
  },
});

const served = (serviceTier: string, event: ReturnType<typeof usage>) => ({
  ...event,
  usage: { ...event.usage, serviceTier },
});

describe("streams", () => {
  test("a text, counted at its start and its end", () => {
    expect(decoded(textStream)).toEqual([
      start("msg_01QC4g3HwBThD4BaNtBckFDJ", "claude-sonnet-4-5-20250929"),
      served("standard", usage(20, 5, 3, 1)),
      text("Hello"),
      text("! I"),
      text(`'m "doing" well 云`),
      { type: "finish", choice: 0, reason: "stop" },
      served("standard", usage(20, 5, 3, 30)),
    ]);
  });

  test("thoughts with their proofs", () => {
    const origin = "anthropic-messages";
    expect(decoded(thinkingStream).slice(2)).toEqual([
      thought("The previous"),
      thought(" result was 925."),
      { type: "reasoning-signature", choice: 0, signature: { value: "EvQBCkYICxgC", origin } },
      { type: "reasoning-signature", choice: 0, signature: { value: "EmwKAhgB", origin, isRedacted: true } },
      text("925"),
      text(" ÷ 5 = 185"),
      { type: "finish", choice: 0, reason: "stop" },
      served("standard", usage(69, 0, 0, 53, 20)),
    ]);
  });

  test("tool calls count from 0 whatever comes between, and one without arguments has an empty object", () => {
    expect(decoded(toolStream).slice(2)).toEqual([
      { type: "tool-call-start", choice: 0, index: 0, id: "toolu_019Zvehfe1XQWweT1pm7okyt", name: "weather" },
      {
        type: "tool-call-delta",
        choice: 0,
        index: 0,
        arguments: '{"id": 1234567890123456789, "location": "San Francisco',
      },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '"}' },
      { type: "tool-call-start", choice: 0, index: 1, id: "toolu_02", name: "now" },
      { type: "tool-call-delta", choice: 0, index: 1, arguments: "{}" },
      { type: "finish", choice: 0, reason: "tool-calls" },
      usage(843, 0, 0, 28),
    ]);
  });

  test("a second start is ignored, and a stop sequence is named", () => {
    expect(decoded(duplicateStart)).toEqual([
      start("msg_dup", "claude-3-haiku-20240307"),
      usage(17, 0, 0, 1),
      text("Hello, World!"),
      { type: "finish", choice: 0, reason: "stop", stopSequence: "!" },
      usage(17, 0, 0, 227),
    ]);
  });

  test("the bytes of the batches are the stream, and the last batch is the end", () => {
    for (const stream of Object.values(fixtures)) {
      const bytes = framed(stream);
      const batches = readStream(bytes);
      expect(Buffer.concat(batches.map((batch) => batch.raw ?? Buffer.alloc(0))).equals(bytes)).toBe(true);
      expect(batches.map((batch) => batch.facts.isEnd)).toEqual(batches.map((_, at) => at === batches.length - 1));
    }
  });

  test("a cut stream is never whole, and what it counted is known", () => {
    const lines = textStream.trim().split("\n");
    for (let length = 0; length < lines.length; length++) {
      const batches = readStream(framed(lines.slice(0, length).join("\n")));
      expect(batches.at(-1)?.facts).toMatchObject({ isEnd: false, failure: { code: "stream_interrupted" } });
      if (length > 0) expect(batches.some((batch) => batch.facts.usage)).toBe(true);
    }
  });

  test("message_stop alone is no end", () => {
    const batches = readStream(framed('{"type":"message_stop"}'));
    expect(batches.at(-1)?.facts.failure?.code).toBe("stream_interrupted");
  });

  test.each([
    ["overloaded_error", "upstream_error"],
    ["rate_limit_error", "upstream_rate_limited"],
    ["invalid_request_error", "upstream_rejected"],
    ["authentication_error", "upstream_authentication"],
    ["not_found_error", "upstream_rejected"],
  ] as const)("an error in the stream: %s", (type, code) => {
    const head = textStream.trim().split("\n").slice(0, 4).join("\n");
    const batches = readStream(framed(`${head}\n{"type":"error","error":{"type":"${type}","message":"words"}}`));
    expect(batches.at(-1)?.facts.failure).toMatchObject({ code, vendorCode: type });
    expect(batches.at(-1)?.facts.isEnd).toBe(false);
  });

  test.each([["{"], ["[]"], ["null"], ['"text"'], ["<html>"]])("an event that is no object: %s", (data) => {
    const batches = readStream(Buffer.from(`event: content_block_delta\ndata: ${data}\n\n`));
    expect(batches.at(-1)?.facts.failure?.code).toBe("upstream_invalid_response");
  });

  test("a failure is said again at the end, so that it is not taken for whole", () => {
    const decoder = createMessageStreamDecoder();
    decoder.decode("{", "message");
    expect(decoder.end()).toMatchObject([{ type: "error" }]);
  });

  test.each([
    ["negative", -1],
    ["a fraction", 1.5],
    ["beyond belief", 1e9],
    ["a string", "12"],
  ])("a count that is %s is not believed", (_name, count) => {
    const stream = textStream.replace('"output_tokens":30', `"output_tokens":${JSON.stringify(count)}`);
    const [first, last, ...more] = decoded(stream).filter((event) => event.type === "usage");
    expect([first, more]).toEqual([served("standard", usage(20, 5, 3, 1)), []]);
    // The count from the beginning stays, yet is not believed.
    expect(last?.usage).toMatchObject({ inputTokens: 20, outputTokens: 1, isOutputDoubtful: true });
  });

  test("habits of compatible vendors: no start, no block starts, a plain end after a tool, [DONE]", () => {
    const stream = [
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}',
      '{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"","name":"look","input":{"a":1}}}',
      '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":3,"output_tokens":4}}',
    ].join("\n");
    const end = Buffer.from('data: [DONE]\n\ndata: {"type":"message_stop"}\n\n');
    expect(eventsOf(readStream(Buffer.concat([framed(stream), end])))).toMatchObject([
      { type: "start", model: "" },
      text("Hi"),
      { type: "tool-call-start", index: 0, name: "look" },
      { type: "tool-call-delta", index: 0, arguments: '{"a":1}' },
      { type: "finish", reason: "tool-calls" },
      usage(3, 0, 0, 4),
    ]);
  });

  test("thoughts that are withheld are there all the same, with their proof", () => {
    const content = [{ type: "thinking", thinking: "", signature: "proof" }];
    const { parts } = foldAnswer(decodeMessage({ type: "message", content, stop_reason: "end_turn" })).choices[0] ?? {};
    expect(parts).toEqual([
      { type: "reasoning", text: "", signature: { value: "proof", origin: "anthropic-messages" } },
    ]);
  });

  test("any cut of the bytes into chunks gives the same events", () => {
    for (const stream of Object.values(fixtures)) {
      const bytes = framed(stream);
      const expected = eventsOf(readStream(bytes));
      const cuts = fc.array(fc.nat(bytes.length), { maxLength: 30 });
      fc.assert(
        fc.property(cuts, (positions) => {
          const batches = readStream(
            bytes,
            positions.toSorted((a, b) => a - b),
          );
          expect(eventsOf(batches)).toEqual(expected);
          expect(batches.at(-1)?.facts.isEnd).toBe(true);
        }),
        { numRuns: 60 },
      );
    }
  });

  test("events recognised by their bytes mean what decoding them says", () => {
    for (const stream of Object.values(fixtures)) {
      const reader = createStreamReader(createMessageStreamDecoder(), { textKeys: [], usesShapes: false });
      expect(eventsOf(reader.push(framed(stream)))).toEqual(decoded(stream));
    }
  });

  test("no bytes make the reader throw", () => {
    const line = fc.oneof(
      fc.json(),
      fc.constantFrom(...Object.values(fixtures).flatMap((stream) => stream.trim().split("\n"))),
      fc.string(),
    );
    const stream = fc.array(fc.tuple(fc.constantFrom("message", "error", "content_block_delta"), line), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(stream, (lines) => {
        const text = lines.map(([name, data]) => `event: ${name}\ndata: ${data}\n\n`).join("");
        expect(readStream(Buffer.from(text)).length).toBeGreaterThan(0);
        readWhole(lines[0]?.[1] ?? "");
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readStream(bytes).length > 0));
  });
});

describe("whole messages", () => {
  test("blocks in order, Anthropic's own left out", () => {
    const batch = readWhole(wholeMessage);
    expect(batch.facts).toMatchObject({ isEnd: true, failure: undefined });
    expect(eventsOf([batch])).toEqual([
      start("msg_011CdMNhurHSJCxCC2NB7WYc", "claude-opus-5"),
      thought("I need to look."),
      { type: "reasoning-signature", choice: 0, signature: { value: "CAISqwQK", origin: "anthropic-messages" } },
      text("Let me look."),
      { type: "tool-call-start", choice: 0, index: 0, id: "toolu_01", name: "look" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"at":[1,{"deep":null}]}' },
      { type: "finish", choice: 0, reason: "tool-calls" },
      served("standard", usage(69, 11, 7, 1699, 139)),
    ]);
  });

  test.each([
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "refusal"],
    ["pause_turn", "pause"],
    ["something_new", "stop"],
  ])("stop_reason %s", (stopReason, reason) => {
    const events = decodeMessage({ type: "message", content: [], stop_reason: stopReason });
    expect(events.find((event) => event.type === "finish")).toMatchObject({ reason });
  });

  test.each([
    "",
    "<html>",
    "[]",
    "{}",
    '{"content":[]}',
    '{"content":[],"stop_reason":null}',
    '{"content":"x","stop_reason":"end_turn"}',
  ])("no message: %s", (body) => {
    expect(readWhole(body).facts).toMatchObject({ isEnd: false, failure: { code: "upstream_invalid_response" } });
  });

  test("an error inside a success", () => {
    const body = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
    expect(readWhole(body).facts.failure).toMatchObject({ code: "upstream_error", vendorCode: "overloaded_error" });
  });
});

describe("token counts", () => {
  const read = (body: string) => {
    const reader = anthropicMessages.reader({ operation: "token-count", stream: false, choiceCount: 1, isRaw: false });
    reader.push(Buffer.from(body));
    return reader.end();
  };

  test("a number, or a broken answer", () => {
    expect(read('{"input_tokens":14}').events()).toEqual([{ type: "token-count", inputTokens: 14 }]);
    for (const body of ["{}", '{"input_tokens":-1}', '{"input_tokens":"14"}', "14"])
      expect(read(body).facts.failure?.code).toBe("upstream_invalid_response");
  });
});

// Recorded answers that are too many to keep here, where this machine has them.
const recordings = join(import.meta.dir, "../../../../shared/recordings/anthropic");
for (const file of existsSync(recordings) ? readdirSync(recordings) : []) {
  test(`recording ${file}`, () => {
    const recorded = firstAnswer(readFileSync(join(recordings, file), "utf8"));
    const batches = file.endsWith(".json") ? [readWhole(recorded)] : readStream(framed(recorded));
    expect(batches.at(-1)?.facts).toMatchObject({ isEnd: true, failure: undefined });
    const { choices, usage: counted } = foldAnswer(eventsOf(batches));
    expect(counted?.outputTokens).toBeGreaterThan(0);
    expect(choices).toHaveLength(1);
    const [answer] = choices;
    if (!answer) throw new Error("no answer");
    // The text and the calls of the recording, found without our decoder.
    const { texts, inputs } = file.endsWith(".json") ? readRecordedBody(recorded) : readRecordedStream(recorded);
    expect(textOf(answer, "text") ?? "").toBe(texts);
    expect(toolCallsOf(answer).map((call): unknown => JSON.parse(call.arguments))).toEqual(inputs);
  });
}

/** Some recordings hold the answers of several requests. */
function firstAnswer(recorded: string): string {
  const stop = '{"type":"message_stop"}';
  const end = recorded.indexOf(stop);
  return end === -1 ? recorded : recorded.slice(0, end + stop.length);
}

interface Recorded {
  texts: string;
  inputs: unknown[];
}

function readRecordedBody(body: string): Recorded {
  const { content } = JSON.parse(body) as { content: { type: string; text: string; input: unknown }[] };
  const texts = content.filter((block) => block.type === "text").map((block) => block.text);
  return {
    texts: texts.join(""),
    inputs: content.filter((block) => block.type === "tool_use").map(({ input }) => input),
  };
}

interface RecordedEvent {
  type: string;
  index: number;
  content_block?: { type: string };
  delta?: { type: string; text?: string; partial_json?: string };
}

function readRecordedStream(stream: string): Recorded {
  const blocks: { type: string; text: string }[] = [];
  for (const line of stream.split("\n").filter((line) => line !== "")) {
    const { index, content_block: opened, delta } = JSON.parse(line) as RecordedEvent;
    if (opened) blocks[index] = { type: opened.type, text: "" };
    const block = blocks[index];
    if (block && delta) block.text += delta.text ?? delta.partial_json ?? "";
  }
  const of = (type: string) => blocks.filter((block) => block.type === type).map((block) => block.text);
  return { texts: of("text").join(""), inputs: of("tool_use").map((json): unknown => JSON.parse(json || "{}")) };
}
