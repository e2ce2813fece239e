import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import type { ChatEvent } from "../../call/index.ts";
import { EventStreamParser } from "../sse.ts";
import { ark, dashscope, deepseek, openaiTools, vllm, xai } from "./fixtures.ts";
import {
  createChatStreamDecoder,
  createChatStreamEncoder,
  createCompletionStreamDecoder,
  createCompletionStreamEncoder,
  decodeChatResponse,
  decodeCompletionResponse,
  decodeEmbeddingResponse,
  encodeChatResponse,
  encodeCompletionResponse,
  encodeEmbeddingResponse,
  type StreamDecoder,
  usageOf,
} from "./index.ts";

/** Reads a stream from the wire, byte parser included. */
function decodeStream(text: string, decoder: StreamDecoder = createChatStreamDecoder()): ChatEvent[] {
  const events: ChatEvent[] = [];
  new EventStreamParser().push(Buffer.from(text), (event) => {
    if (!event.isComment) events.push(...decoder.decode(event.data));
  });
  return [...events, ...decoder.end()];
}

const start: Extract<ChatEvent, { type: "start" }> = { type: "start", id: "c1", model: "m", createdS: 1_700_000_000 };
const usage = (
  inputTokens: number,
  cachedInputTokens: number,
  outputTokens: number,
  reasoningTokens: number,
): ChatEvent => ({
  type: "usage",
  usage: { inputTokens, cachedInputTokens, outputTokens, reasoningTokens },
});
const text = (words: string, choice = 0): ChatEvent => ({ type: "text-delta", choice, text: words });
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c1", model: "m", created: 1_700_000_000, ...fields })}\n\n`;
const delta = (fields: object, finish: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: fields, finish_reason: finish }] });
const done = "data: [DONE]\n\n";

describe("streams of vendors", () => {
  test("OpenAI, tools", () => {
    expect(decodeStream(openaiTools)).toEqual([
      { ...start, fingerprint: "fp_1" },
      { type: "tool-call-start", choice: 0, index: 0, id: "call_a", name: "look" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"at":' },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: "1}" },
      { type: "tool-call-start", choice: 0, index: 1, id: "call_b", name: "look" },
      { type: "tool-call-delta", choice: 0, index: 1, arguments: "{}" },
      { type: "finish", choice: 0, reason: "tool-calls" },
      usage(80, 64, 30, 0),
    ]);
  });

  test("DeepSeek", () => {
    expect(decodeStream(deepseek)).toEqual([
      { ...start, fingerprint: "fp_ds" },
      { type: "reasoning-delta", choice: 0, text: "" },
      { type: "reasoning-delta", choice: 0, text: "Let me" },
      { type: "reasoning-delta", choice: 0, text: " see" },
      text("云"),
      { type: "finish", choice: 0, reason: "stop" },
      usage(100, 64, 12, 9),
    ]);
  });

  test("DashScope", () => {
    expect(decodeStream(dashscope)).toEqual([
      start,
      text("Hi"),
      { type: "finish", choice: 0, reason: "stop" },
      usage(22, 0, 17, 0),
    ]);
  });

  test("Ark: usage in every chunk is told once, the last", () => {
    expect(decodeStream(ark)).toEqual([
      start,
      text("A"),
      text("B"),
      { type: "finish", choice: 0, reason: "length" },
      usage(9, 4, 3, 0),
    ]);
  });

  test("xAI: reasoning that stands beside the completion tokens is counted in", () => {
    expect(decodeStream(xai)).toEqual([
      start,
      { type: "reasoning-delta", choice: 0, text: "Hm" },
      text("42"),
      { type: "finish", choice: 0, reason: "stop" },
      usage(32, 6, 103, 94),
    ]);
  });

  test("vLLM", () => {
    const top = [
      { token: "a", logprob: -0.5, bytes: [97] },
      { token: "b", logprob: -1, bytes: null },
    ];
    expect(decodeStream(vllm)).toEqual([
      start,
      { type: "reasoning-delta", choice: 0, text: "r" },
      { type: "text-delta", choice: 0, text: "a", logprobs: [{ token: "a", logprob: -0.5, bytes: [97], top }] },
      text("b", 1),
      { type: "finish", choice: 1, reason: "stop" },
      { type: "finish", choice: 0, reason: "length" },
      usage(5, 0, 4, 0),
    ]);
  });
});

describe("streams that are odd or broken", () => {
  const last = (wire: string) => decodeStream(wire).at(-1);
  const errorOf = (wire: string) => {
    const event = last(wire);
    return event?.type === "error" ? `${event.error.code}: ${event.error.message}` : event?.type;
  };

  test("cut in the middle: usage so far, then an error", () => {
    expect(errorOf(delta({ content: "a" }))).toStartWith("stream_interrupted");
    expect(errorOf("")).toStartWith("stream_interrupted");
    expect(errorOf(done)).toStartWith("stream_interrupted");
    expect(decodeStream(ark.slice(0, ark.indexOf("data:", 10))).map((event) => event.type)).toEqual([
      "start",
      "text-delta",
      "usage",
      "error",
    ]);
  });

  test("no [DONE] after the finish reason is whole; no finish reason before [DONE] too", () => {
    expect(last(delta({ content: "a" }, "stop"))).toEqual({ type: "finish", choice: 0, reason: "stop" });
    expect(last(delta({ content: "a" }) + done)).toEqual({ type: "finish", choice: 0, reason: "stop" });
  });

  test("errors inside the stream", () => {
    expect(
      errorOf(`${delta({ content: "a" })}data: {"error":{"message":"boom","type":"server_error"}}\n\n${done}`),
    ).toStartWith("upstream_error");
    expect(errorOf('data: {"error":{"message":"slow down","code":429}}\n\n')).toStartWith("upstream_rate_limited");
    expect(
      errorOf(
        'data: {"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}\n\n',
      ),
    ).toBe("context_length_exceeded: too long");
    expect(errorOf('data: {"object":"error","message":"no","code":400}\n\n')).toBe("upstream_rejected: no");
    expect(errorOf('data: {"error":{"message":"bad key sk-123","code":"invalid_api_key"}}\n\n')).not.toContain(
      "sk-123",
    );
    expect(errorOf("data: {broken\n\n")).toStartWith("upstream_invalid_response");
    expect(errorOf("data: 5\n\n")).toStartWith("upstream_invalid_response");
    expect(errorOf(delta({ content: "a" }, "insufficient_system_resource") + done)).toStartWith("stream_interrupted");
  });

  test("usage told before an error is not lost", () => {
    const wire = `${ark.slice(0, ark.indexOf("data:", 10))}data: {"error":{"message":"boom"}}\n\n`;
    expect(decodeStream(wire).map((event) => event.type)).toEqual(["start", "text-delta", "usage", "error"]);
  });

  test("nothing follows an error", () => {
    const decoder = createChatStreamDecoder();
    expect(decoder.decode("nonsense")).toHaveLength(1);
    expect(decoder.decode('{"choices":[{"index":0,"delta":{"content":"a"}}]}')).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  const toolEvents = (...wire: string[]) =>
    decodeStream(wire.join("") + delta({}, "tool_calls") + done).filter((event) => event.type.startsWith("tool"));
  const call = (fields: object, fn: object) => delta({ tool_calls: [{ ...fields, function: fn }] });

  test("tool calls without index, or all with index 0", () => {
    const expected: ChatEvent[] = [
      { type: "tool-call-start", choice: 0, index: 0, id: "a", name: "f" },
      { type: "tool-call-delta", choice: 0, index: 0, arguments: "{}" },
      { type: "tool-call-start", choice: 0, index: 1, id: "b", name: "g" },
      { type: "tool-call-delta", choice: 0, index: 1, arguments: "[]" },
    ];
    expect(
      toolEvents(call({ id: "a" }, { name: "f", arguments: "{}" }), call({ id: "b" }, { name: "g", arguments: "[]" })),
    ).toEqual(expected);
    expect(
      toolEvents(
        call({ index: 0, id: "a" }, { name: "f", arguments: "{}" }),
        call({ index: 0, id: "b" }, { name: "g", arguments: "[]" }),
      ),
    ).toEqual(expected);
  });

  test("id and name repeated in each chunk; id missing; name late; arguments as an object", () => {
    const repeated = toolEvents(
      call({ index: 0, id: "a" }, { name: "f", arguments: "{" }),
      call({ index: 0, id: "a" }, { name: "f", arguments: "}" }),
    );
    expect(repeated.filter((event) => event.type === "tool-call-start")).toHaveLength(1);
    expect(toolEvents(call({ index: 0 }, { name: "f", arguments: {} }))).toMatchObject([
      { id: expect.stringMatching(/^call_/) as string },
      { arguments: "{}" },
    ]);
    expect(
      toolEvents(call({ index: 0, id: "a" }, { arguments: "{" }), call({ index: 0 }, { name: "f", arguments: "}" })),
    ).toMatchObject([{ type: "tool-call-start", name: "f", id: "a" }, { arguments: "{" }, { arguments: "}" }]);
  });

  test("the legacy function_call, and a plain stop after tool calls", () => {
    const events = decodeStream(
      delta({ function_call: { name: "f", arguments: "{" } }) +
        delta({ function_call: { arguments: "}" } }) +
        delta({}, "function_call") +
        done,
    );
    expect(events.map((event) => event.type)).toEqual([
      "start",
      "tool-call-start",
      "tool-call-delta",
      "tool-call-delta",
      "finish",
    ]);
    expect(decodeStream(call({ index: 0, id: "a" }, { name: "f" }) + delta({}, "stop") + done).at(-1)).toEqual({
      type: "finish",
      choice: 0,
      reason: "tool-calls",
    });
  });

  test("role and ids left out, usage inside the choice", () => {
    const events = decodeStream(
      `data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop","usage":{"prompt_tokens":1,"completion_tokens":2}}]}\n\n`,
    );
    expect(events).toMatchObject([{ type: "start", model: "" }, text("a"), { type: "finish" }, usage(1, 0, 2, 0)]);
  });
});

describe("usageOf", () => {
  test.each([
    undefined,
    null,
    5,
    {},
    { usage: null },
    { usage: {} },
    { usage: { prompt_tokens: "5", completion_tokens: 1 } },
    { usage: { prompt_tokens: -5, completion_tokens: 1 } },
    { usage: { prompt_tokens: 1.5, completion_tokens: 1 } },
    { usage: { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: -1 } } },
    { usage: { prompt_tokens: 5, completion_tokens: 1e300 } },
    { usage: { prompt_tokens: Number.MAX_SAFE_INTEGER, completion_tokens: 1 } },
  ])("garbage %j", (json) => expect(usageOf(json)).toBeUndefined());

  test("DeepSeek's own cache field; more cached than there were counts as all", () => {
    expect(
      usageOf({ usage: { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 4 } })?.cachedInputTokens,
    ).toBe(4);
    expect(
      usageOf({ usage: { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 40 } })?.cachedInputTokens,
    ).toBe(9);
  });
});

const rich: ChatEvent[] = [
  { ...start, fingerprint: "fp" },
  { type: "reasoning-delta", choice: 0, text: "think\n" },
  {
    type: "text-delta",
    choice: 0,
    text: 'He said "云"',
    logprobs: [{ token: "x", logprob: -1, bytes: [1], top: [{ token: "y", logprob: -2, bytes: null }] }],
  },
  { type: "tool-call-start", choice: 0, index: 0, id: "call_1", name: "f" },
  { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"a":1}' },
  { type: "tool-call-start", choice: 0, index: 1, id: "call_2", name: "g" },
  { type: "tool-call-delta", choice: 0, index: 1, arguments: "{}" },
  { type: "refusal-delta", choice: 1, text: "no" },
  { type: "finish", choice: 0, reason: "tool-calls" },
  { type: "finish", choice: 1, reason: "content-filter" },
  usage(10, 4, 6, 2),
];

describe("round trips", () => {
  test("chat stream", () => {
    const encoder = createChatStreamEncoder({ includeUsage: true });
    expect(decodeStream(encoder.encode(rich) + encoder.done())).toEqual(rich);
  });

  test("chat stream, recorded ones", () => {
    for (const wire of [openaiTools, deepseek, dashscope, ark, xai, vllm]) {
      const events = decodeStream(wire);
      const encoder = createChatStreamEncoder({ includeUsage: true });
      expect(decodeStream(encoder.encode(events) + encoder.done())).toEqual(events);
    }
  });

  test("chat, whole", () => {
    const json = encodeChatResponse(rich);
    const again = decodeChatResponse(JSON.parse(JSON.stringify(json)));
    expect(encodeChatResponse(again)).toEqual(json);
    expect<ChatEvent[]>(again.filter((event) => event.type === "usage")).toEqual([usage(10, 4, 6, 2)]);
  });

  test("chat, whole: text of nothing and reasoning of nothing", () => {
    const json = {
      id: "c1",
      model: "m",
      created: 1,
      choices: [
        { index: 0, message: { role: "assistant", content: "", reasoning_content: "" }, finish_reason: "stop" },
      ],
    };
    expect(encodeChatResponse(decodeChatResponse(json))).toMatchObject({
      choices: [{ message: { content: "", reasoning_content: "" }, finish_reason: "stop" }],
    });
  });

  test("completions", () => {
    const events: ChatEvent[] = [
      start,
      {
        type: "text-delta",
        choice: 0,
        text: "ab",
        logprobs: [{ token: "ab", logprob: -1, bytes: null, top: [{ token: "ab", logprob: -1, bytes: null }] }],
      },
      text("c"),
      { type: "finish", choice: 0, reason: "length" },
      usage(1, 0, 2, 0),
    ];
    const encoder = createCompletionStreamEncoder({ includeUsage: true });
    expect(decodeStream(encoder.encode(events) + encoder.done(), createCompletionStreamDecoder())).toEqual(events);
    const json = encodeCompletionResponse(events);
    expect(encodeCompletionResponse(decodeCompletionResponse(json))).toEqual(json);
  });

  test("embeddings", () => {
    const result = {
      model: "m",
      vectors: [Float32Array.of(0.5, -1), Float32Array.of(3, 0.25)],
      usage: { inputTokens: 4, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
    };
    for (const encoding of ["float", "base64"] as const)
      expect(decodeEmbeddingResponse(encodeEmbeddingResponse(result, encoding))).toEqual(result);
  });
});

describe("whole answers that are none", () => {
  const codeOf = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return error instanceof SahabError ? error.code : error;
    }
    return "nothing thrown";
  };
  test.each<[unknown, string]>([
    [5, "upstream_invalid_response"],
    [{}, "upstream_invalid_response"],
    [{ choices: [] }, "upstream_invalid_response"],
    [{ choices: [{ index: 0, message: { content: "a" }, finish_reason: null }] }, "stream_interrupted"],
    [{ error: { message: "boom" } }, "upstream_error"],
    [{ error: "boom", choices: [] }, "upstream_error"],
  ])("chat %j", (json, code) => expect(codeOf(() => decodeChatResponse(json))).toBe(code));

  test.each<[unknown, string]>([
    [[], "upstream_invalid_response"],
    [{}, "upstream_invalid_response"],
    [{ data: [{ embedding: "AAA=" }] }, "upstream_invalid_response"],
    [{ data: [{ embedding: ["a"] }] }, "upstream_invalid_response"],
    [{ data: [{ index: 1, embedding: [1] }] }, "upstream_invalid_response"],
    [
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [1] },
        ],
      },
      "upstream_invalid_response",
    ],
    [{ error: { message: "boom" } }, "upstream_error"],
  ])("embeddings %j", (json, code) => expect(codeOf(() => decodeEmbeddingResponse(json))).toBe(code));
});
