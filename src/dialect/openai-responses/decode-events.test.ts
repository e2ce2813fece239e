import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AnswerEvent, Batch, ChatEvent } from "../../call/index.ts";
import type { StreamDecoder } from "../dialect.ts";
import { createStreamReader } from "../stream-reader.ts";
import { createResponseStreamDecoder } from "./decode-events.ts";
import { changingIdsStream, framed, lmStudioStream, openaiStream } from "./fixtures.ts";
import { openaiResponses } from "./index.ts";

const fixtures = { openaiStream, lmStudioStream, changingIdsStream };
const chat = { operation: "chat", choiceCount: 1, isRaw: false } as const;
const origin = "openai-responses";

/** All batches of a stream, the end included. */
function readStream(bytes: Uint8Array, cuts: readonly number[] = [], isOwnTool?: (name: string) => boolean): Batch[] {
  const reader = openaiResponses.reader({ ...chat, stream: true, isOwnTool });
  const batches: Batch[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    batches.push(...reader.push(bytes.slice(from, cut)));
    from = cut;
  }
  const last = batches.at(-1)?.facts;
  return last?.isEnd || last?.failure ? batches : [...batches, reader.end()];
}

const eventsOf = (batches: readonly Batch[]): AnswerEvent[] => batches.flatMap((batch) => batch.events());
const decoded = (stream: string, isOwnTool?: (name: string) => boolean) =>
  eventsOf(readStream(framed(stream), [], isOwnTool));
const text = (words: string): ChatEvent => ({ type: "text-delta", choice: 0, text: words });
const thought = (words: string): ChatEvent => ({ type: "reasoning-delta", choice: 0, text: words });

function readWhole(body: unknown): AnswerEvent[] {
  const reader = openaiResponses.reader({ ...chat, stream: false });
  reader.push(Buffer.from(JSON.stringify(body)));
  return [...reader.end().events()];
}

function failureOf(batches: readonly Batch[]): string | undefined {
  return batches.at(-1)?.facts.failure?.code;
}

describe("streams", () => {
  test("OpenAI's: a proof without a text, a hosted tool that says nothing, a text", () => {
    const value = JSON.stringify({ type: "reasoning", id: "rs_0bac", summary: [], encrypted_content: "gAAAAABqB" });
    expect(decoded(openaiStream)).toEqual([
      { type: "start", id: "resp_0bac52ec", model: "gpt-5.4", createdS: 1_784_760_832 },
      { type: "reasoning-signature", choice: 0, signature: { value, origin, isRedacted: true } },
      text("The"),
      text(' "sky" 云'),
      text("."),
      { type: "finish", choice: 0, reason: "stop" },
      {
        type: "usage",
        usage: {
          inputTokens: 631,
          cachedInputTokens: 20,
          cacheWriteTokens: 3,
          outputTokens: 87,
          reasoningTokens: 37,
        },
      },
    ]);
  });

  test("LM Studio's: the reasoning, and arguments that come in one piece, said once", () => {
    expect(decoded(lmStudioStream).slice(1, -1)).toEqual([
      thought("The"),
      thought(" user"),
      thought(" asks"),
      { type: "tool-call-start", choice: 0, index: 0, id: "call_2025", name: "weather" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"location":"San Francisco"}' },
      { type: "finish", choice: 0, reason: "tool-calls" },
    ]);
  });

  test("ids that change, a summary in paragraphs with its proof, and an end that is no full one", () => {
    const events = decoded(changingIdsStream);
    expect(events.slice(1, 3)).toEqual([thought("**Counting**"), thought("\n\n**More**")]);
    expect(events[3]).toMatchObject({ type: "reasoning-signature", signature: { origin } });
    expect(events.slice(4, -1)).toEqual([text("3"), { type: "finish", choice: 0, reason: "length" }]);
  });

  test("custom tools: those of the client are calls, those of the vendor are its own affair", () => {
    const item = { id: "ctc_1", type: "custom_tool_call", call_id: "c1", name: "edit", input: 'a"b' };
    const lines = [
      { type: "response.output_item.added", output_index: 0, item: { ...item, input: "" } },
      { type: "response.custom_tool_call_input.delta", output_index: 0, delta: 'a"b' },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { id: "r", model: "m", output: [] } },
    ];
    const stream = lines.map((line) => JSON.stringify(line)).join("\n");
    expect(decoded(stream).map(({ type }) => type)).toEqual(["start", "finish"]);
    expect(decoded(stream, (name) => name === "edit").slice(1)).toEqual([
      { type: "tool-call-start", choice: 0, index: 0, id: "c1", name: "edit" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"input":"a\\"b"}' },
      { type: "finish", choice: 0, reason: "tool-calls" },
    ]);
  });

  test("one that says all at its end", () => {
    const output = [{ type: "message", content: [{ type: "output_text", text: "Hi" }] }];
    const line = { type: "response.completed", response: { id: "resp_1", model: "m", output } };
    expect(decoded(JSON.stringify(line)).slice(1)).toEqual([text("Hi"), { type: "finish", choice: 0, reason: "stop" }]);
  });

  test.each(Object.entries(fixtures))("%s: named events or not, in any pieces, the same events", (_name, stream) => {
    const bytes = framed(stream);
    const whole = decoded(stream);
    expect(eventsOf(readStream(framed(stream, false)))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const batches = readStream(
          bytes,
          cuts.toSorted((a, b) => a - b),
        );
        expect(eventsOf(batches)).toEqual(whole);
        expect(Buffer.concat(batches.flatMap(({ raw }) => (raw ? [raw] : []))).equals(bytes)).toBe(true);
        expect(batches.map(({ facts }) => facts.isEnd)).toEqual(batches.map((_, at) => at === batches.length - 1));
      }),
      { numRuns: 60 },
    );
  });

  test.each(Object.entries(fixtures))("%s: cut anywhere, it is never whole", (_name, stream) => {
    const lines = stream.trim().split("\n");
    for (let count = 0; count < lines.length; count++)
      expect(failureOf(readStream(framed(lines.slice(0, count).join("\n") || "{}")))).toBeDefined();
  });

  test("no bytes make it throw", () => {
    const type = fc.constantFrom(
      "response.created",
      "response.output_item.added",
      "response.output_item.done",
      "response.output_text.delta",
      "response.reasoning_summary_text.delta",
      "response.function_call_arguments.delta",
      "response.completed",
      "response.incomplete",
      "error",
    );
    const field = fc.constantFrom("item", "delta", "output_index", "content_index", "response", "part", "error");
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({
        type: fc.constantFrom("message", "reasoning", "function_call"),
        content: fc.jsonValue(),
        summary: fc.jsonValue(),
        arguments: fc.jsonValue(),
      }),
    );
    const event = fc
      .tuple(type, fc.dictionary(field, value))
      .map(([name, fields]) => JSON.stringify({ type: name, ...fields }));
    fc.assert(
      fc.property(fc.array(fc.oneof(event, fc.string()), { maxLength: 12 }), (lines) => {
        const batches = readStream(Buffer.from(lines.map((line) => `data: ${line}\n\n`).join("")));
        expect(batches.at(-1)?.facts.isEnd || failureOf(batches) !== undefined).toBe(true);
      }),
    );
  });

  test("events that differ in number, text and padding only are not parsed", () => {
    const delta = (number: number, padding: string) =>
      `{"type":"response.output_text.delta","sequence_number":${number},"output_index":0,"content_index":0,"delta":"w${number} ","logprobs":[],"obfuscation":"${padding}"}`;
    const lmStudio = (number: number) =>
      `{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"w${number} ","logprobs":[],"sequence_number":${number}}`;
    for (const make of [(at: number) => delta(at, "x".repeat(at % 7)), lmStudio]) {
      const lines = Array.from({ length: 200 }, (_, at) => make(at + 5));
      const inner = createResponseStreamDecoder();
      let count = 0;
      const counting: StreamDecoder = {
        get isDone() {
          return inner.isDone;
        },
        decode(data, event) {
          count++;
          return inner.decode(data, event);
        },
        end: () => inner.end(),
      };
      const reader = createStreamReader(counting, { textKeys: ["delta"] });
      const events = eventsOf(reader.push(framed(lines.join("\n"))));
      expect(count).toBeLessThan(8);
      expect(events.slice(1).map((event) => ("text" in event ? event.text : ""))).toEqual(
        lines.map((_, at) => `w${at + 5} `),
      );
    }
  });
});

describe("failures", () => {
  test.each<[string, string, string]>([
    [
      "an error event",
      '{"type":"error","code":"rate_limit_exceeded","message":"slow","param":null}',
      "upstream_rate_limited",
    ],
    [
      "a nested error",
      '{"type":"error","error":{"type":"insufficient_quota","message":"no"}}',
      "upstream_authentication",
    ],
    [
      "response.failed",
      '{"type":"response.failed","response":{"error":{"code":"server_error","message":"x"}}}',
      "upstream_error",
    ],
    ["response.failed without a reason", '{"type":"response.failed","response":{}}', "stream_interrupted"],
    ["a cancelled response", '{"type":"response.cancelled","response":{"status":"cancelled"}}', "stream_interrupted"],
    ["no JSON", '{"type":"response.output', "upstream_invalid_response"],
    ["no type", '{"delta":"x"}', "upstream_invalid_response"],
  ])("%s", (_name, line, code) => {
    const start = openaiStream
      .trim()
      .split("\n")
      .slice(0, 10)
      .map((one) => `data: ${one}\n\n`)
      .join("");
    expect(failureOf(readStream(Buffer.from(`${start}data: ${line}\n\n`)))).toBe(code);
  });

  test.each<[string, unknown, string]>([
    ["failed", { status: "failed", error: { code: "server_error", message: "x" }, output: [] }, "upstream_error"],
    ["in_progress", { status: "in_progress", output: [] }, "stream_interrupted"],
    ["no output", { id: "resp_1", status: "completed" }, "upstream_invalid_response"],
    ["an item that is none", { status: "completed", output: [5] }, "upstream_invalid_response"],
    ["an error in its place", { error: { message: "no", code: "invalid_api_key" } }, "upstream_authentication"],
  ])("a whole one: %s", (_name, body, code) => {
    expect(readWhole(body)).toMatchObject([{ type: "error", error: { code } }]);
  });
});

test("whole: refusals, several texts, calls without arguments, log probabilities", () => {
  const logprobs = [{ token: "Hi", logprob: -0.5, bytes: [72, 105], top_logprobs: [] }];
  const output = [
    { type: "reasoning", summary: [{ text: "a" }, { text: "b" }], content: [] },
    {
      type: "message",
      content: [
        { type: "output_text", text: "Hi", logprobs },
        { type: "refusal", refusal: "no" },
      ],
    },
    { type: "function_call", call_id: "c", name: "f", arguments: "" },
    { type: "image_generation_call", result: "…" },
  ];
  expect(readWhole({ id: "resp_1", created_at: 5.5, model: "m", status: "completed", output })).toEqual([
    { type: "start", id: "resp_1", model: "m", createdS: 5 },
    thought("a\n\nb"),
    { ...text("Hi"), logprobs: [{ token: "Hi", logprob: -0.5, bytes: [72, 105], top: [] }] },
    { type: "refusal-delta", choice: 0, text: "no" },
    { type: "tool-call-start", choice: 0, index: 0, id: "c", name: "f" },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: "{}" },
    { type: "finish", choice: 0, reason: "tool-calls" },
  ] as AnswerEvent[]);
});

test("a token count", () => {
  const reader = openaiResponses.reader({ operation: "token-count", stream: false, choiceCount: 1, isRaw: false });
  reader.push(Buffer.from('{"object":"response.input_tokens","input_tokens":7}'));
  expect(reader.end().events()).toEqual([{ type: "token-count", inputTokens: 7 }]);
});
