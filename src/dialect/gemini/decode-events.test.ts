import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AnswerEvent, Batch } from "../../call/index.ts";
import type { AnswerKind } from "../dialect.ts";
import { callStream, framed, piecesStream, textStream, wholeAnswer } from "./fixtures.ts";
import { gemini } from "./index.ts";

const plain: AnswerKind = { operation: "chat", stream: true, choiceCount: 1, isRaw: false };

function readBatches(pieces: readonly Uint8Array[], kind: Partial<AnswerKind> = {}): Batch[] {
  const reader = gemini.reader({ ...plain, ...kind });
  const batches = pieces.flatMap((piece) => reader.push(piece));
  if (!batches.some(({ facts }) => facts.isEnd || facts.failure)) batches.push(reader.end());
  return batches;
}

/** Ids that are made up, and times, are left out. */
function read(pieces: readonly Uint8Array[], kind: Partial<AnswerKind> = {}): object[] {
  return readBatches(pieces, kind).flatMap((batch) => batch.events().map(withoutChance));
}

function withoutChance(event: AnswerEvent): object {
  if (event.type === "start") return { ...event, createdS: 0 };
  if (event.type === "error") return { type: "error", code: event.error.code };
  return event.type === "tool-call-start" && event.id.startsWith("call_0") ? { ...event, id: "made up" } : event;
}

const sse = (...payloads: unknown[]) => [framed(payloads.map((payload) => JSON.stringify(payload)).join("\n"))];
const body = (payload: unknown) => [Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload))];
const candidate = (parts: object[], more: object = {}) => ({ candidates: [{ content: { parts }, ...more }] });
const usage = (inputTokens: number, outputTokens: number, reasoningTokens: number, cachedInputTokens = 0) => ({
  type: "usage",
  usage: { inputTokens, cachedInputTokens, cacheWriteTokens: 0, outputTokens, reasoningTokens },
});

describe("recorded streams", () => {
  test("a text, whose proof comes last", () => {
    expect(read([framed(textStream)])).toEqual([
      { type: "start", id: "bH6LaZW8Fp_3nsEPqtaSwQ4", model: "gemini-3-pro-preview", createdS: 0 },
      { type: "text-delta", choice: 0, text: "There are **3**" },
      usage(9, 190, 185),
      { type: "text-delta", choice: 0, text: ' "r"s in strawberry.\n\nst**r**awbe**rr**y' },
      usage(9, 208, 185),
      {
        type: "reasoning-signature",
        choice: 0,
        signature: { value: "EqsFCqgFAb4+9vvt", origin: "gemini", isRedacted: true },
      },
      usage(9, 208, 185),
      { type: "finish", choice: 0, reason: "stop" },
    ]);
  });

  test("a call, whose proof stands before it", () => {
    expect(read([framed(callStream)]).slice(1, 4)).toEqual([
      {
        type: "reasoning-signature",
        choice: 0,
        signature: { value: "EqUCCqICAb4+9vsh", origin: "gemini", isRedacted: true },
      },
      { type: "tool-call-start", choice: 0, index: 0, id: "made up", name: "weather" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"location":"San Francisco"}' },
    ]);
    expect(read([framed(callStream)]).at(-1)).toEqual({ type: "finish", choice: 0, reason: "tool-calls" });
  });

  test("calls in pieces, of which the last is not closed", () => {
    const events = read([framed(piecesStream)]);
    expect(events.slice(2)).toEqual([
      { type: "tool-call-start", choice: 0, index: 0, id: "made up", name: "getWeather" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"location":"Boston"}' },
      { type: "tool-call-start", choice: 0, index: 1, id: "made up", name: "getWeather" },
      usage(26, 155, 132),
      {
        type: "tool-call-delta",
        choice: 0,
        index: 1,
        arguments: '{"days":[{"date":"today","hours":7.5},true],"a b":null}',
      },
      { type: "finish", choice: 0, reason: "tool-calls" },
    ]);
  });

  test("made-up ids differ", () => {
    const ids = readBatches([framed(piecesStream)])
      .flatMap((batch) => batch.events())
      .flatMap((event) => (event.type === "tool-call-start" ? [event.id] : []));
    expect(new Set(ids).size).toBe(2);
  });
});

test("a whole answer; long numbers keep their digits", () => {
  expect(read(body(wholeAnswer), { stream: false }).slice(1)).toEqual([
    { type: "reasoning-delta", choice: 0, text: "Let me think." },
    {
      type: "reasoning-signature",
      choice: 0,
      signature: { value: "EtoFCtcFAb4+9vtf", origin: "gemini", isRedacted: true },
    },
    { type: "text-delta", choice: 0, text: "There are **3** r's." },
    { type: "tool-call-start", choice: 0, index: 0, id: "fc-1", name: "weather" },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"id":12345678901234567890}' },
    usage(11, 272, 244, 4),
    { type: "finish", choice: 0, reason: "tool-calls" },
  ]);
});

test("any split of a stream's bytes decodes to the same events", () => {
  for (const stream of [textStream, callStream, piecesStream]) {
    const bytes = framed(stream);
    const whole = read([bytes]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(read(pieces)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  }
});

test("a stream as one list says the same, and its bytes are no whole answer", () => {
  const list = `[${textStream.trim().split("\n").join(",\r\n")}]`;
  expect(read(body(list), { stream: false })).toEqual(read([framed(textStream)]));
  expect(readBatches(body(list), { stream: false }).at(-1)?.raw).toBeUndefined();
  expect(readBatches(body(wholeAnswer), { stream: false }).at(-1)?.raw).toBeDefined();
});

test("a stream cut anywhere never passes for a whole one", () => {
  for (const stream of [textStream, callStream, piecesStream]) {
    const bytes = framed(stream);
    const finish = bytes.lastIndexOf("finishReason");
    for (let end = 0; end < finish; end += 17) {
      const last = readBatches([bytes.subarray(0, end)]).at(-1);
      expect([last?.facts.isEnd, last?.facts.failure?.code]).toEqual([false, "stream_interrupted"]);
    }
  }
  const [cutBody] = body(wholeAnswer);
  expect(readBatches([(cutBody as Buffer).subarray(0, 300)], { stream: false }).at(-1)?.facts.isEnd).toBe(false);
});

describe("what is no whole answer", () => {
  const failureOf = (pieces: readonly Uint8Array[], kind: Partial<AnswerKind> = {}) =>
    readBatches(pieces, kind).at(-1)?.facts.failure?.code;

  test.each([
    [[], "stream_interrupted"],
    [[candidate([{ text: "a" }])], "stream_interrupted"],
    [[candidate([{ text: "a" }], { finishReason: "MALFORMED_FUNCTION_CALL" })], "stream_interrupted"],
    [[candidate([{ text: "a" }]), { error: { code: 503, message: "busy", status: "UNAVAILABLE" } }], "upstream_error"],
    [
      [{ error: { code: 429, message: "You exceeded your current quota", status: "RESOURCE_EXHAUSTED" } }],
      "upstream_rate_limited",
    ],
    [[[1]], "upstream_invalid_response"],
    [["text"], "upstream_invalid_response"],
    [[candidate([], { index: 1e9 })], "upstream_invalid_response"],
    [
      [candidate([{ functionCall: { name: "f", partialArgs: [{ jsonPath: "$.a[5]", stringValue: "x" }] } }])],
      "upstream_invalid_response",
    ],
    [[candidate([{ functionCall: { name: "f", partialArgs: [{ jsonPath: "$$" }] } }])], "upstream_invalid_response"],
  ])("%j: %s", (payloads, code) => expect<string | undefined>(failureOf(sse(...payloads))).toBe(code));

  test("one of two candidates without its end", () => {
    const one = { content: { parts: [{ text: "a" }] }, finishReason: "STOP", index: 0 };
    expect(failureOf(sse({ candidates: [one] }), { choiceCount: 2 })).toBe("stream_interrupted");
    expect(failureOf(sse({ candidates: [one, { ...one, index: 1 }] }), { choiceCount: 2 })).toBeUndefined();
    const open = { content: { parts: [{ text: "a" }] }, index: 1 };
    expect(failureOf(sse({ candidates: [one, open] }), { choiceCount: 0 })).toBe("stream_interrupted");
  });

  test.each([{}, { candidates: [] }, candidate([{ text: "a" }])])("the body %j", (payload) =>
    expect(failureOf(body(payload), { stream: false })).toBe("upstream_invalid_response"),
  );
});

test("a prompt that is blocked", () => {
  const blocked = { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 4 } };
  const expected = [usage(4, 0, 0), { type: "finish", choice: 0, reason: "content-filter" }];
  expect(read(body(blocked), { stream: false }).slice(1)).toEqual(expected);
  expect(read(sse(blocked)).slice(1)).toEqual(expected);
});

test("vendors' habits", () => {
  // A reason for the end in every event, counts behind the last one, the end of OpenAI's streams.
  const [bytes] = sse(
    candidate([{ text: "a" }], { finishReason: "STOP" }),
    candidate([{ text: "b" }], { finishReason: "MAX_TOKENS" }),
    { candidates: [{ finishReason: "MAX_TOKENS" }], usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
  );
  const events = read([bytes as Buffer, Buffer.from("data: [DONE]\n\n")]);
  expect(events.slice(1)).toEqual([
    { type: "text-delta", choice: 0, text: "a" },
    { type: "text-delta", choice: 0, text: "b" },
    usage(1, 2, 0),
    { type: "finish", choice: 0, reason: "length" },
  ]);
  const told: string[] = [];
  const unknown = sse(candidate([{ text: "a" }], { finishReason: "OTHER" }));
  expect(read(unknown, { onUnknownFinish: (word) => told.push(word) }).at(-1)).toEqual({
    type: "finish",
    choice: 0,
    reason: "stop",
    unknownWord: "OTHER",
  });
  expect(told).toEqual(["OTHER"]);
});

test("what stands for a proof is none", () => {
  const call = { functionCall: { name: "f" }, thoughtSignature: "skip_thought_signature_validator" };
  expect(read(sse(candidate([call], { finishReason: "STOP" }))).map((event) => (event as AnswerEvent).type)).toEqual([
    "start",
    "tool-call-start",
    "tool-call-delta",
    "finish",
  ]);
});

test("no bytes crash a decoder", () => {
  const part = fc.record(
    {
      text: fc.anything(),
      thought: fc.anything(),
      thoughtSignature: fc.anything(),
      functionCall: fc.oneof(
        fc.anything(),
        fc.record({
          name: fc.anything(),
          args: fc.anything(),
          willContinue: fc.boolean(),
          partialArgs: fc.array(fc.record({ jsonPath: fc.string(), stringValue: fc.anything() })),
        }),
      ),
    },
    { requiredKeys: [] },
  );
  const payload = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        candidates: fc.oneof(
          fc.anything(),
          fc.array(
            fc.record(
              { content: fc.record({ parts: fc.array(part) }), finishReason: fc.anything(), index: fc.anything() },
              { requiredKeys: [] },
            ),
          ),
        ),
        usageMetadata: fc.anything(),
        promptFeedback: fc.anything(),
        responseId: fc.anything(),
      },
      { requiredKeys: [] },
    ),
  );
  const json = (value: unknown) =>
    JSON.stringify(value, (_, field: unknown) => (typeof field === "bigint" ? 1 : field)) ?? "null";
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 3 }), fc.uint8Array(), (payloads, noise) => {
      const stream = payloads.map((one) => `data: ${json(one)}\n\n`).join("");
      for (const pieces of [[Buffer.from(stream)], [Buffer.from(stream), noise], [noise]])
        readBatches(pieces).forEach((batch) => batch.events());
      for (const operation of ["chat", "token-count", "embedding"] as const)
        for (const text of [json(payloads[0]), json(payloads), Buffer.from(noise).toString()])
          readBatches([Buffer.from(text)], { operation, stream: false }).forEach((batch) => batch.events());
    }),
  );
});

test("keys that are dangerous elsewhere are keys", () => {
  const pieces = [
    { jsonPath: "$.__proto__.polluted", stringValue: "x" },
    { jsonPath: '$["constructor"]', numberValue: 1 },
  ];
  const call = { functionCall: { name: "f", partialArgs: pieces } };
  const events = read(sse(candidate([call], { finishReason: "STOP" })));
  expect((events[2] as { arguments: string }).arguments).toBe('{"__proto__":{"polluted":"x"},"constructor":1}');
  expect(({} as { polluted?: string }).polluted).toBeUndefined();
});
