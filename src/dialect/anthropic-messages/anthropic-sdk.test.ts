import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  ContentTooLargeError,
  GatewayTimeoutError,
  InternalServerError,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
  ServiceUnavailableError,
} from "@anthropic-ai/sdk";
import { afterAll, describe, expect, test } from "bun:test";
import { errorTable, SahabError, toSahabError, type ErrorCode } from "../../base/errors.ts";
import { eventBatch, isOperation, type AnswerEvent, type ChatEvent } from "../../call/index.ts";
import {
  messages,
  messagesError,
  messageEvent,
  messagesErrorEvent,
  messagesStream,
  messagesThinking,
  messagesTokenCount,
  messagesToolUse,
  messagesUsage,
  messagesWhole,
  messageEvents,
} from "../../testing/fake-anthropic.ts";
import { startFakeVendor, streamOf } from "../../testing/fake-vendor.ts";
import { anthropicMessages } from "./index.ts";

// The official SDK, against a server that answers with our dialect. The model's name chooses the answer.

const start: ChatEvent = { type: "start", id: "chatcmpl-1", model: "vendor-model", createdS: 1_700_000_000 };
const counted: ChatEvent = {
  type: "usage",
  usage: { inputTokens: 100, cachedInputTokens: 40, cacheWriteTokens: 10, outputTokens: 20, reasoningTokens: 5 },
};
const answers: Record<string, ChatEvent[]> = {
  text: [
    start,
    { type: "reasoning-delta", choice: 0, text: "hm" },
    { type: "reasoning-delta", choice: 0, text: "…" },
    { type: "reasoning-signature", choice: 0, signature: { value: "proof", origin: "anthropic-messages" } },
    { type: "text-delta", choice: 0, text: "Hi" },
    { type: "text-delta", choice: 0, text: ' "云"\n' },
    { type: "finish", choice: 0, reason: "stop" },
    counted,
  ],
  // As OpenAI's models may send them: both calls under way at once.
  tools: [
    start,
    { type: "text-delta", choice: 0, text: "Let me look" },
    { type: "tool-call-start", choice: 0, index: 0, id: "call_1", name: "look" },
    { type: "tool-call-start", choice: 0, index: 1, id: "call_2", name: "now" },
    { type: "tool-call-delta", choice: 0, index: 1, arguments: '{"b":' },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"a":' },
    { type: "tool-call-delta", choice: 0, index: 1, arguments: "[2]}" },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: '"x"}' },
    { type: "tool-call-start", choice: 0, index: 2, id: "call_3", name: "bare" },
    { type: "finish", choice: 0, reason: "tool-calls" },
    counted,
  ],
  empty: [start, { type: "finish", choice: 0, reason: "refusal" }, counted],
  broken: [start, { type: "text-delta", choice: 0, text: "Hi" }],
};
const usageExtra = () => ({ cost: "0.000012", cost_currency: "USD" });

function answer(model: string): AnswerEvent[] {
  if (Object.hasOwn(errorTable, model)) throw new SahabError(model as ErrorCode, "words", { param: "model" });
  return answers[model] ?? [];
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const route = anthropicMessages.routes.find(
      ({ method, path, accepts }) =>
        method === request.method &&
        (typeof path === "string" ? path === pathname : path.test(pathname)) &&
        (accepts?.(request.headers) ?? true),
    );
    const listed = { id: "claude-x", ownedBy: "sahab", createdS: 5 };
    if (route?.serves === "list-models") return Response.json(anthropicMessages.encodeModelList([listed]));
    if (route?.serves === "show-model") return Response.json(anthropicMessages.encodeModel(listed));
    try {
      const serves = route?.serves ?? "chat";
      const operation = isOperation(serves) ? serves : "chat";
      const opened = anthropicMessages.open({
        operation,
        path: pathname,
        headers: request.headers,
        body: await request.bytes(),
      });
      const events =
        operation === "token-count" ? [{ type: "token-count", inputTokens: 14 } as const] : answer(opened.model);
      const writer = opened.writer({ requestId: "req_1", isRaw: false, usageExtra });
      const sent = events.map((event, at) => writer.write(eventBatch([event], at === events.length - 1)) ?? "");
      const isBroken = opened.model === "broken";
      const last = isBroken ? writer.fail(new SahabError("stream_interrupted", "the vendor hung up")) : writer.end();
      return new Response(sent.join("") + String(last), { headers: { "content-type": writer.contentType } });
    } catch (error) {
      const { status, body } = anthropicMessages.encodeError(toSahabError(error), "req_1");
      return Response.json(body, { status, headers: { "request-id": "req_1" } });
    }
  },
});
afterAll(() => server.stop(true));

const client = new Anthropic({ baseURL: `http://127.0.0.1:${server.port}`, apiKey: "k", maxRetries: 0 });
const ask = (model: string) => ({
  model,
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "Hi" }],
});
const wireUsage = {
  input_tokens: 50,
  cache_creation_input_tokens: 10,
  cache_read_input_tokens: 40,
  output_tokens: 20,
  output_tokens_details: { thinking_tokens: 5 },
};

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}

describe("the official SDK", () => {
  const text = {
    id: expect.stringMatching(/^msg_/),
    type: "message",
    role: "assistant",
    model: "vendor-model",
    content: [
      { type: "thinking", thinking: "hm…", signature: "proof" },
      { type: "text", text: 'Hi "云"\n' },
    ],
    stop_reason: "end_turn",
    usage: wireUsage,
  };
  const tools = {
    content: [
      { type: "text", text: "Let me look" },
      { type: "tool_use", id: "call_1", name: "look", input: { a: "x" } },
      { type: "tool_use", id: "call_2", name: "now", input: { b: [2] } },
      { type: "tool_use", id: "call_3", name: "bare", input: {} },
    ],
    stop_reason: "tool_use",
    usage: wireUsage,
  };

  test.each([
    ["text", text],
    ["tools", tools],
    ["empty", { content: [], stop_reason: "refusal" }],
  ])("%s, whole and streamed", async (model, expected) => {
    const whole = await client.messages.create(ask(model));
    expect(whole).toMatchObject(expected);
    expect(whole.usage).toMatchObject({ cost: "0.000012", cost_currency: "USD" });
    expect(await client.messages.stream(ask(model)).finalMessage()).toMatchObject(expected);
  });

  test("raw events come in Anthropic's order", async () => {
    const types: string[] = [];
    for await (const event of await client.messages.create({ ...ask("text"), stream: true })) types.push(event.type);
    const shown = types.map((type) => type.replace("content_block_", "")).join(" ");
    expect(shown).toBe("message_start start delta delta delta stop start delta delta stop message_delta message_stop");
  });

  test("a stream that breaks is an error", async () => {
    const error = await failureOf(client.messages.stream(ask("broken")).finalMessage());
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({
      type: "api_error",
      error: { error: { code: "stream_interrupted" }, request_id: "req_1" },
    });
  });

  test("token counts and models", async () => {
    const { model, messages } = ask("text");
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: 14 });
    const listed: string[] = [];
    for await (const found of client.models.list()) listed.push(found.id);
    expect(listed).toEqual(["claude-x"]);
    expect((await client.models.retrieve("claude-x")).display_name).toBe("claude-x");
  });

  test.each<[ErrorCode, new (...args: never[]) => Error]>([
    ["invalid_request", BadRequestError],
    ["invalid_api_key", AuthenticationError],
    ["model_not_allowed", PermissionDeniedError],
    ["model_not_found", NotFoundError],
    ["body_too_large", ContentTooLargeError],
    ["upstream_rate_limited", RateLimitError],
    ["upstream_error", InternalServerError],
    ["shutting_down", ServiceUnavailableError],
    ["upstream_timeout", GatewayTimeoutError],
    ["overloaded", OverloadedError],
  ])("%s has its class", async (code, type) => {
    const error = await failureOf(client.messages.create(ask(code)));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ requestID: "req_1", error: { error: { code, message: "words", param: "model" } } });
  });

  test("a request without max_tokens is refused by name", async () => {
    const error = await failureOf(client.messages.create({ ...ask("text"), max_tokens: 0 }));
    expect(error).toMatchObject({ status: 400, error: { error: { param: "max_tokens" } } });
  });

  test("what the SDK sends for a conversation with tools is decoded", async () => {
    const { content } = await client.messages.create(ask("tools"));
    const messages = [
      ...ask("tools").messages,
      { role: "assistant" as const, content },
      { role: "user" as const, content: [{ type: "tool_result" as const, tool_use_id: "call_1", content: "seen" }] },
    ];
    const body = Buffer.from(JSON.stringify({ ...ask("tools"), messages }));
    const opened = anthropicMessages.open({ operation: "chat", path: "/v1/messages", headers: new Headers(), body });
    expect(opened.decode().request).toMatchObject({
      messages: [
        { role: "user" },
        { role: "assistant", content: [{ type: "text" }, { id: "call_1", arguments: '{"a":"x"}' }, {}, {}] },
        { role: "tool", toolCallId: "call_1" },
      ],
    });
  });
});

describe("the fake vendor", () => {
  const calls = [
    { id: "toolu_1", name: "look", input: { a: [1] } },
    { id: "toolu_2", name: "now", input: {} },
  ];
  const vendor = startFakeVendor({
    words: messages(["Hel", "lo"]),
    stream: messagesStream(["Hel", "lo"]),
    tools: messagesToolUse(calls),
    thinking: messagesThinking("hm", "Hello"),
    count: messagesTokenCount(14),
    cut: messagesWhole("Hel", { stop_reason: "max_tokens", container: undefined }),
    refused: () => messagesError(400, "invalid_request_error", "no"),
    broken: streamOf([
      ...messageEvents([{ type: "text", text: "Hi" }]).slice(0, 4),
      messageEvent({ type: "ping" }),
      messagesErrorEvent(),
    ]),
  });
  afterAll(() => vendor.stop());
  const fake = new Anthropic({ baseURL: `http://127.0.0.1:${vendor.port}`, apiKey: "k", maxRetries: 0 });

  test.each([
    ["words", { content: [{ type: "text", text: "Hello" }], stop_reason: "end_turn" }],
    ["tools", { content: calls, stop_reason: "tool_use" }],
    ["thinking", { content: [{ thinking: "hm", signature: "c2lnbmVk" }, { text: "Hello" }] }],
  ])("answers as Anthropic does: %s", async (model, expected) => {
    expect(await fake.messages.create(ask(model))).toMatchObject({ ...expected, usage: messagesUsage });
    const streamed = await fake.messages.stream(ask(model)).finalMessage();
    expect(streamed).toMatchObject({ ...expected, usage: messagesUsage });
    expect(streamed.content).toHaveLength(expected.content.length);
  });

  test("is read by our reader", async () => {
    for (const model of ["words", "tools", "thinking", "stream"]) {
      for (const stream of model === "stream" ? [true] : [true, false]) {
        const answered = await fetch(`${vendor.url}/messages`, {
          method: "POST",
          body: JSON.stringify({ ...ask(model), stream }),
        });
        const reader = anthropicMessages.reader({ operation: "chat", stream, choiceCount: 1, isRaw: true });
        const batches = reader.push(await answered.bytes());
        const last = stream ? batches.at(-1) : reader.end();
        expect(last?.facts).toMatchObject({ isEnd: true, failure: undefined });
        const usage = [...batches, last].findLast((batch) => batch?.facts.usage)?.facts.usage;
        expect(usage).toMatchObject({
          inputTokens: 100,
          cachedInputTokens: 40,
          cacheWriteTokens: 10,
          outputTokens: 20,
        });
      }
    }
  });

  test("counts and fails", async () => {
    const { model, messages } = ask("count");
    expect(await fake.messages.countTokens({ model, messages })).toEqual({ input_tokens: 14 });
    expect(await fake.messages.create(ask("cut"))).toMatchObject({ stop_reason: "max_tokens", model: "cut" });
    expect(await failureOf(fake.messages.create(ask("refused")))).toBeInstanceOf(BadRequestError);
    expect(await failureOf(fake.messages.stream(ask("broken")).finalMessage())).toMatchObject({
      type: "overloaded_error",
    });
  });
});
