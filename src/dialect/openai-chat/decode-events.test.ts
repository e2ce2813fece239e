import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import { noUsage, type AnswerEvent, type ChatEvent } from "../../call/index.ts";
import type { StreamDecoder } from "../dialect.ts";
import { EventStreamParser } from "../sse.ts";
import { createCompletionStreamDecoder, decodeCompletionResponse } from "./decode-completion-events.ts";
import { decodeEmbeddingResponse } from "./decode-embedding-response.ts";
import { createChatStreamDecoder, decodeChatResponse } from "./decode-events.ts";
import { createCompletionStreamEncoder, encodeCompletionResponse } from "./encode-completion-events.ts";
import { encodeEmbeddingResponse } from "./encode-embedding-response.ts";
import { createChatStreamEncoder, encodeChatResponse, type StreamEncoder } from "./encode-events.ts";
import { ark, azure, dashscope, deepseek, mistral, moonshot, openaiText, openaiTools, vllm, xai } from "./fixtures.ts";

const one = { choiceCount: 1 };
const two = { choiceCount: 2 };

/** Reads a stream from the wire, byte parser included. */
function decodeStream(text: string, decoder: StreamDecoder = createChatStreamDecoder(one)): AnswerEvent[] {
  const events: AnswerEvent[] = [];
  new EventStreamParser().push(Buffer.from(text), (event) => {
    if (!event.isComment) events.push(...(decoder.decode(event.data, event.event) ?? []));
  });
  return [...events, ...decoder.end()];
}

/** A whole stream as a client gets it. */
function encodeStream(encoder: StreamEncoder, events: readonly AnswerEvent[]): string {
  return encoder.encode(events) + encoder.end() + done;
}

const start: Extract<ChatEvent, { type: "start" }> = { type: "start", id: "c1", model: "m", createdS: 1_700_000_000 };
const usage = (
  inputTokens: number,
  cachedInputTokens: number,
  outputTokens: number,
  reasoningTokens: number,
): ChatEvent => ({
  type: "usage",
  usage: { inputTokens, cachedInputTokens, cacheWriteTokens: 0, outputTokens, reasoningTokens },
});
const served = (serviceTier: string, event: ChatEvent) =>
  event.type === "usage" ? { ...event, usage: { ...event.usage, serviceTier } } : event;
const text = (words: string, choice = 0): ChatEvent => ({ type: "text-delta", choice, text: words });
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c1", model: "m", created: 1_700_000_000, ...fields })}\n\n`;
const delta = (fields: object, finish: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: fields, finish_reason: finish }] });
const done = "data: [DONE]\n\n";

test("a legacy stream has texts; a chunk of a chat is none of it, unless it has both", () => {
  const read = (fields: object) => decodeStream(chunk({ choices: [fields] }), createCompletionStreamDecoder(one));
  const said = { delta: { role: "assistant", content: "Hi" }, finish_reason: "stop" };
  expect(read(said).at(-1)).toMatchObject({ type: "error", error: { code: "upstream_invalid_response" } });
  expect(read({ text: 5 }).at(-1)).toMatchObject({ type: "error", error: { code: "upstream_invalid_response" } });
  expect(read({ ...said, text: "Hi" })).toEqual([start, text("Hi"), { type: "finish", choice: 0, reason: "stop" }]);
});

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

  test("Ark: usage in every chunk is reported each time; the last one counts", () => {
    expect(decodeStream(ark)).toEqual([
      start,
      text("A"),
      served("default", usage(9, 0, 1, 0)),
      text("B"),
      served("default", usage(9, 0, 2, 0)),
      { type: "finish", choice: 0, reason: "length" },
      usage(9, 4, 3, 0),
    ]);
  });

  test("xAI: reasoning beside the completion tokens is counted in; the vendor's own bill", () => {
    const counted = {
      inputTokens: 32,
      cachedInputTokens: 6,
      cacheWriteTokens: 0,
      outputTokens: 103,
      reasoningTokens: 94,
    };
    expect(decodeStream(xai)).toEqual([
      start,
      { type: "reasoning-delta", choice: 0, text: "Hm" },
      text("42"),
      { type: "finish", choice: 0, reason: "stop" },
      { type: "usage", usage: { ...counted, vendorCost: { amount: 15_850n, currency: "USD" } } },
    ]);
  });

  test("OpenAI, text with padding", () => {
    const events = decodeStream(openaiText);
    expect(events.map((event) => (event.type === "text-delta" ? event.text : "")).join("")).toBe(
      'The sky is "blue", mostly by day.\n At night it is',
    );
    expect(events.at(-1)).toEqual(served("default", usage(16, 0, 13, 0)));
  });

  test("Azure: the answer begins with the chunk that names its id", () => {
    expect(decodeStream(azure)).toEqual([
      start,
      text("Hi"),
      { type: "finish", choice: 0, reason: "stop" },
      usage(15, 0, 7, 0),
    ]);
  });

  test("Mistral: thinking is a part of the content", () => {
    expect(decodeStream(mistral)).toEqual([
      start,
      { type: "reasoning-delta", choice: 0, text: "One and" },
      { type: "reasoning-delta", choice: 0, text: " one" },
      text("2"),
      { type: "finish", choice: 0, reason: "stop" },
      usage(10, 0, 46, 0),
    ]);
  });

  test("Moonshot", () => {
    expect(decodeStream(moonshot)).toEqual([
      start,
      { type: "reasoning-delta", choice: 0, text: "Thinking " },
      { type: "reasoning-delta", choice: 0, text: "aloud." },
      text("Hello"),
      text("!"),
      { type: "finish", choice: 0, reason: "stop" },
      usage(9, 4, 12, 7),
    ]);
  });

  test("vLLM", () => {
    const top = [
      { token: "a", logprob: -0.5, bytes: [97] },
      { token: "b", logprob: -1, bytes: null },
    ];
    expect(decodeStream(vllm, createChatStreamDecoder(two))).toEqual([
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

  test("a finish reason without [DONE] is whole; [DONE] without a finish reason is not", () => {
    expect(last(delta({ content: "a" }, "stop"))).toEqual({ type: "finish", choice: 0, reason: "stop" });
    expect(errorOf(delta({ content: "a" }) + done)).toStartWith("stream_interrupted");
    expect(errorOf(delta({ content: "a" }, "") + done)).toStartWith("stream_interrupted");
  });

  test("whole only with every choice that was asked for or has begun", () => {
    const second = (finish: string | null) =>
      chunk({ choices: [{ index: 1, delta: { content: "b" }, finish_reason: finish }] });
    const first = delta({ content: "a" }, "stop");
    const typeOf = (wire: string, decoder: StreamDecoder) => decodeStream(wire, decoder).at(-1)?.type;
    expect(typeOf(first + done, createChatStreamDecoder(two))).toBe("error");
    expect(typeOf(first + second(null) + done, createChatStreamDecoder(one))).toBe("error");
    expect(typeOf(first + second("stop") + done, createChatStreamDecoder(two))).toBe("finish");
    expect(typeOf(first + second("stop") + done, createChatStreamDecoder(one))).toBe("finish");
  });

  test("a finished choice says no more", () => {
    const wire = delta({ content: "a" }, "stop") + delta({ content: "b" }, "length") + done;
    expect(decodeStream(wire)).toEqual([start, text("a"), { type: "finish", choice: 0, reason: "stop" }]);
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

  test("usage before an error, or with it, is not lost", () => {
    const wire = `${ark.slice(0, ark.indexOf("data:", 10))}data: {"error":{"message":"boom"}}\n\n`;
    expect(decodeStream(wire).map((event) => event.type)).toEqual(["start", "text-delta", "usage", "error"]);
    const counted = { usage: { prompt_tokens: 1, completion_tokens: 2 } };
    const failed = chunk({ choices: [{ index: 0, delta: {}, finish_reason: "error" }], ...counted });
    expect(decodeStream(failed).slice(1)).toMatchObject([usage(1, 0, 2, 0), { type: "error" }]);
    expect(decodeStream(chunk({ error: { message: "boom" }, ...counted }))).toMatchObject([
      usage(1, 0, 2, 0),
      { type: "error" },
    ]);
  });

  test("nothing follows an error", () => {
    const decoder = createChatStreamDecoder(one);
    expect(decoder.decode("nonsense", "message")).toHaveLength(1);
    expect(decoder.decode('{"choices":[{"index":0,"delta":{"content":"a"}}]}', "message")).toEqual([]);
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

const richUsage = { inputTokens: 10, cachedInputTokens: 4, cacheWriteTokens: 3, outputTokens: 6, reasoningTokens: 2 };

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
  { type: "usage", usage: richUsage },
];

describe("round trips", () => {
  test("chat stream", () => {
    const encoder = createChatStreamEncoder({ includeUsage: true });
    expect(decodeStream(encodeStream(encoder, rich), createChatStreamDecoder(two))).toEqual(rich);
  });

  test("chat stream, those of vendors", () => {
    for (const wire of [openaiText, openaiTools, deepseek, dashscope, ark, xai, vllm, azure, mistral, moonshot]) {
      const events = decodeStream(wire);
      const encoder = createChatStreamEncoder({ includeUsage: true });
      expect(decodeStream(encodeStream(encoder, events))).toEqual(withoutVendorCost(lastUsageOnly(events)));
    }
  });

  test("usage is encoded at the end, and only where it was asked for", () => {
    const encoder = createChatStreamEncoder({ includeUsage: false });
    expect(encoder.encode(rich)).not.toContain("usage");
    expect(encoder.end()).toBe("");
  });

  test("chat, whole", () => {
    const json = encodeChatResponse(rich);
    const again = decodeChatResponse(JSON.parse(JSON.stringify(json)), two);
    expect(encodeChatResponse(again)).toEqual(json);
    expect(again.filter((event) => event.type === "usage")).toEqual([{ type: "usage", usage: richUsage }]);
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
    expect(encodeChatResponse(decodeChatResponse(json, one))).toMatchObject({
      choices: [{ message: { content: "", reasoning_content: "" }, finish_reason: "stop" }],
    });
  });

  test("what the dialect has no word for: the nearest is said, and never a plain stop; a signature is left out", () => {
    const signature = { value: "s", origin: "anthropic-messages" };
    const said: ChatEvent[] = [
      start,
      { type: "reasoning-delta", choice: 0, text: "hm" },
      { type: "reasoning-signature", choice: 0, signature },
    ];
    for (const [reason, word] of [
      ["refusal", "content_filter"],
      ["pause", "length"],
    ] as const) {
      const events: ChatEvent[] = [...said, { type: "finish", choice: 0, reason }];
      expect(encodeChatResponse(events)).toMatchObject({
        choices: [{ finish_reason: word, message: { reasoning_content: "hm" } }],
      });
      expect(createChatStreamEncoder({ includeUsage: false }).encode(events)).toContain(`"finish_reason":"${word}"`);
    }
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
    expect(decodeStream(encodeStream(encoder, events), createCompletionStreamDecoder(one))).toEqual(events);
    const json = encodeCompletionResponse(events);
    expect(encodeCompletionResponse(decodeCompletionResponse(json, one))).toEqual(json);
  });

  test("embeddings", () => {
    const events: AnswerEvent[] = [
      { type: "vectors", model: "m", vectors: [Float32Array.of(0.5, -1), Float32Array.of(3, 0.25)] },
      { type: "usage", usage: { ...noUsage, inputTokens: 4 } },
    ];
    for (const encoding of ["float", "base64"] as const)
      expect(decodeEmbeddingResponse(encodeEmbeddingResponse(events, encoding), two)).toEqual(events);
  });
});

function lastUsageOnly(events: readonly AnswerEvent[]): AnswerEvent[] {
  const usage = events.findLast((event) => event.type === "usage");
  return [...events.filter((event) => event.type !== "usage"), ...(usage ? [usage] : [])];
}

/** A vendor's bill stays with Sahab. */
function withoutVendorCost(events: readonly AnswerEvent[]): AnswerEvent[] {
  return events.map((event) => {
    if (event.type !== "usage") return event;
    const { vendorCost: _, ...usage } = event.usage;
    return { type: "usage", usage };
  });
}

describe("whole answers that are none", () => {
  /** Of the error that is thrown, or that ends what was said. */
  const codeOf = (act: () => unknown) => {
    try {
      const made = act();
      const last = Array.isArray(made) ? (made.at(-1) as { error?: unknown }) : undefined;
      if (last?.error instanceof SahabError) return last.error.code;
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
    [{ choices: [{ index: 1, message: { content: "a" }, finish_reason: "error" }] }, "stream_interrupted"],
    [{ error: { message: "boom" } }, "upstream_error"],
    [{ error: "boom", choices: [] }, "upstream_error"],
  ])("chat %j", (json, code) => expect(codeOf(() => decodeChatResponse(json, one))).toBe(code));

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
  ])("embeddings %j", (json, code) =>
    expect(codeOf(() => decodeEmbeddingResponse(json, { choiceCount: 0 }))).toBe(code),
  );
});
