import { afterAll, describe, expect, test } from "bun:test";
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "openai";
import { type ErrorCode, errorTable, SahabError } from "../../base/errors.ts";
import {
  eventBatch,
  isOperation,
  noUsage,
  type AnswerEvent,
  type ChatEvent,
  type TokenLogprob,
} from "../../call/index.ts";
import type { OpenedRequest } from "../dialect.ts";
import { openaiChat } from "./index.ts";

// The official SDK, against a server that answers with our codecs. The model's name chooses the answer.

const start: ChatEvent = {
  type: "start",
  id: "chatcmpl-1",
  model: "vendor-model",
  createdS: 1_700_000_000,
  fingerprint: "fp",
};
const logprobs: TokenLogprob[] = [
  { token: "Hi", logprob: -0.1, bytes: [72, 105], top: [{ token: "Hi", logprob: -0.1, bytes: [72, 105] }] },
];
const usage: ChatEvent = {
  type: "usage",
  usage: { inputTokens: 9, cachedInputTokens: 3, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 2 },
};
const answers: Record<string, ChatEvent[]> = {
  text: [
    start,
    { type: "reasoning-delta", choice: 0, text: "hm" },
    { type: "text-delta", choice: 0, text: "Hi", logprobs },
    { type: "text-delta", choice: 0, text: ' "云"\n' },
    { type: "text-delta", choice: 1, text: "Ho" },
    { type: "finish", choice: 0, reason: "stop" },
    { type: "finish", choice: 1, reason: "length" },
    usage,
  ],
  tools: [
    start,
    { type: "tool-call-start", choice: 0, index: 0, id: "call_1", name: "look" },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: '{"at":' },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: '"x"}' },
    { type: "tool-call-start", choice: 0, index: 1, id: "call_2", name: "look" },
    { type: "tool-call-delta", choice: 0, index: 1, arguments: "{}" },
    { type: "finish", choice: 0, reason: "tool-calls" },
    usage,
  ],
  broken: [
    start,
    { type: "text-delta", choice: 0, text: "Hi" },
    { type: "error", error: new SahabError("stream_interrupted", "the vendor hung up") },
  ],
};
const usageExtra = () => ({ cost: "0.000012", cost_currency: "USD" });

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    try {
      const { pathname: path } = new URL(request.url);
      if (path === "/v1/models")
        return Response.json(openaiChat.encodeModelList([{ id: "a", ownedBy: "sahab", createdS: 0 }]));
      if (path.startsWith("/v1/models/"))
        return Response.json(openaiChat.encodeModel({ id: "a", ownedBy: "sahab", createdS: 5 }));
      const route = openaiChat.routes.find((known) => known.path === path);
      if (!route || !isOperation(route.serves)) throw new Error(`no operation is at ${path}`);
      const body = new Uint8Array(await request.arrayBuffer());
      const opened = openaiChat.open({ operation: route.serves, path, headers: request.headers, body });
      if (Object.hasOwn(errorTable, opened.model))
        throw new SahabError(opened.model as ErrorCode, "words", { param: "model" });
      return answer(opened);
    } catch (error) {
      if (!(error instanceof SahabError)) throw error;
      const { status, body } = openaiChat.encodeError(error, "req_1");
      return Response.json(body, { status, headers: { "x-request-id": "req_1" } });
    }
  },
});

function answer(opened: OpenedRequest): Response {
  const events = eventsFor(opened);
  const failure = events.find((event) => event.type === "error")?.error;
  if (failure && !opened.stream) throw failure;
  const writer = opened.writer({ requestId: "req_1", isRaw: false, usageExtra });
  const pieces = events
    .filter((event) => event.type !== "error")
    .map((event) => writer.write(eventBatch([event], false)) ?? "");
  const text = [...pieces, failure ? writer.fail(failure) : writer.end()].map(String).join("");
  return new Response(text, { headers: { "content-type": writer.contentType } });
}

function eventsFor(opened: OpenedRequest): AnswerEvent[] {
  const decoded = opened.decode();
  if (decoded.operation !== "embedding") return answers[opened.model] ?? [];
  const vectors = decoded.request.inputs.map((_, index) => Float32Array.of(index, 0.5, -0.25));
  return [
    { type: "vectors", model: "e", vectors },
    { type: "usage", usage: { ...noUsage, inputTokens: 2 } },
  ];
}
afterAll(() => server.stop(true));

const client = new OpenAI({ baseURL: `http://127.0.0.1:${server.port}/v1`, apiKey: "k", maxRetries: 0 });
const messages = [{ role: "user" as const, content: "hello" }];

describe("chat", () => {
  test("whole", async () => {
    const answer = await client.chat.completions.create({ model: "text", messages, n: 2, logprobs: true });
    expect(answer).toMatchObject({
      id: "chatcmpl-1",
      object: "chat.completion",
      model: "vendor-model",
      system_fingerprint: "fp",
    });
    expect(answer.choices.map((choice) => [choice.message.content, choice.finish_reason])).toEqual([
      ['Hi "云"\n', "stop"],
      ["Ho", "length"],
    ]);
    expect(answer.choices[0]?.logprobs?.content?.[0]?.top_logprobs[0]?.token).toBe("Hi");
    expect(answer.choices[0]?.message).toMatchObject({ reasoning_content: "hm", refusal: null });
    expect(answer.usage).toMatchObject({
      prompt_tokens: 9,
      completion_tokens: 5,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 2 },
      cost: "0.000012",
      cost_currency: "USD",
    });
  });

  test("streamed, put together by the SDK", async () => {
    const stream = client.chat.completions.stream({
      model: "text",
      messages,
      n: 2,
      stream_options: { include_usage: true },
    });
    const answer = await stream.finalChatCompletion();
    expect(answer.choices.map((choice) => choice.message.content)).toEqual(['Hi "云"\n', "Ho"]);
    expect(answer.choices[0]?.logprobs?.content).toHaveLength(1);
    expect(answer.usage?.total_tokens).toBe(14);
  });

  test("streamed, chunk by chunk", async () => {
    const chunks = await Array.fromAsync(
      await client.chat.completions.create({
        model: "text",
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: "assistant", content: "" });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 14, cost: "0.000012" } });
    const without = await Array.fromAsync(
      await client.chat.completions.create({ model: "text", messages, stream: true }),
    );
    expect(without.some((chunk) => "usage" in chunk || chunk.choices.length === 0)).toBe(false);
  });

  test("tools, whole and streamed", async () => {
    const whole = await client.chat.completions.create({ model: "tools", messages });
    const streamed = await client.chat.completions.stream({ model: "tools", messages }).finalChatCompletion();
    for (const answer of [whole, streamed]) {
      expect(answer.choices[0]).toMatchObject({
        finish_reason: "tool_calls",
        message: {
          content: null,
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"x"}' } },
            { id: "call_2", type: "function", function: { name: "look", arguments: "{}" } },
          ],
        },
      });
    }
  });

  test("a broken stream raises, whole or not", async () => {
    const stream = await client.chat.completions.create({ model: "broken", messages, stream: true });
    expect(String(await rejection(Array.fromAsync(stream)))).toContain("the vendor hung up");
    expect(await rejection(client.chat.completions.create({ model: "broken", messages }))).toBeInstanceOf(
      InternalServerError,
    );
  });
});

test("legacy completions, whole and streamed", async () => {
  const whole = await client.completions.create({ model: "text", prompt: "x", logprobs: 1 });
  expect(whole.choices[0]).toMatchObject({
    text: 'Hi "云"\n',
    finish_reason: "stop",
    logprobs: { tokens: ["Hi"], token_logprobs: [-0.1], top_logprobs: [{ Hi: -0.1 }], text_offset: [0] },
  });
  const chunks = await Array.fromAsync(
    await client.completions.create({
      model: "text",
      prompt: "x",
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  const first = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.index === 0);
  expect(first.map((choice) => choice.text).join("")).toBe('Hi "云"\n');
  expect(first.at(-1)?.finish_reason).toBe("stop");
  expect(chunks.at(-1)?.usage?.total_tokens).toBe(14);
});

test("embeddings: the SDK asks for base64 by itself; floats when told", async () => {
  for (const options of [{}, { encoding_format: "float" as const }]) {
    const answer = await client.embeddings.create({ model: "e", input: ["a", "b"], ...options });
    expect(answer.data.map((item) => Array.from(item.embedding))).toEqual([
      [0, 0.5, -0.25],
      [1, 0.5, -0.25],
    ]);
  }
});

test("models", async () => {
  const list = await client.models.list();
  expect(list.data).toEqual([{ id: "a", object: "model", created: 0, owned_by: "sahab", name: "a" } as OpenAI.Model]);
  expect((await client.models.retrieve("a")).created).toBe(5);
});

test.each([
  ["invalid_request", BadRequestError],
  ["invalid_api_key", AuthenticationError],
  ["model_not_allowed", PermissionDeniedError],
  ["model_not_found", NotFoundError],
  ["conflict", ConflictError],
  ["upstream_rate_limited", RateLimitError],
  ["store_unavailable", InternalServerError],
] as const)("error %s is the SDK's own class", async (code, expected) => {
  const error = await rejection(client.chat.completions.create({ model: code, messages }));
  expect(error).toBeInstanceOf(expected);
  expect(error).toMatchObject({ code, param: "model", requestID: "req_1" });
  expect((error as Error).message).toContain("words");
});

async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
