import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatMessage, ChatRequest, Part } from "../../call/index.ts";
import { plainRequest } from "../fixtures.ts";
import { dashscope } from "./index.ts";
import { multimodalPath, textPath } from "./paths.ts";

const own = "dashscope";

function encode(change: Partial<ChatRequest>, model = "qwen-plus") {
  const request = { ...plainRequest, ...change };
  const encoded = dashscope.encodeRequest({ operation: "chat", request }, { model, quirks: {} });
  const { body, ...rest } = encoded;
  return {
    ...rest,
    body: JSON.parse(JSON.stringify(body)) as { input: Json; parameters: Json; [name: string]: unknown },
  };
}
type Json = Record<string, unknown>;

function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    const { code, param } = error as { code: string; param: string };
    return [code, param];
  }
  return "no error";
}

const look = { name: "look", parameters: { type: "object" } };
const now = { name: "now" };
const image: Part = { type: "image", url: "https://e.x/a.png" };
const text = (said: string): Part => ({ type: "text", text: said });

test("which path a model has, and that it has no other operations", () => {
  const pathOf = (model: string) => dashscope.path("chat", { model, stream: false });
  for (const model of ["qwen-vl-max", "qwen3-vl-plus", "qwen2.5-omni-7b", "qvq-max", "qwen-vl-ocr", "qwen-audio-turbo"])
    expect([model, pathOf(model)]).toEqual([model, multimodalPath]);
  for (const model of ["qwen-plus", "qwen3-max", "deepseek-v3", "evlin", "my-novl"])
    expect([model, pathOf(model)]).toEqual([model, textPath]);
  expect(dashscope.path("completion", { model: "m", stream: false })).toBeUndefined();
  expect(dashscope.path("token-count", { model: "m", stream: false })).toBeUndefined();
});

describe("from another dialect", () => {
  test("a plain request, and a stream", () => {
    expect(encode({})).toEqual({
      body: {
        model: "qwen-plus",
        input: { messages: [{ role: "user", content: "Hi" }] },
        parameters: { result_format: "message" },
      },
      dropped: [],
      headers: undefined,
      variant: "text",
    });
    const stream = encode({ stream: true, streamUsage: true });
    expect(stream.headers).toEqual({ "x-dashscope-sse": "enable" });
    expect(stream.body.parameters).toEqual({ result_format: "message", incremental_output: true });
  });

  test("options are parameters; what has no place is listed", () => {
    const { body, dropped } = encode({
      sampling: {
        temperature: 1,
        topP: 0.5,
        topK: 3,
        minP: 0.1,
        seed: 4,
        frequencyPenalty: 1,
        presencePenalty: 1,
        repeatPenalty: 1.2,
      },
      maxOutputTokens: 7,
      stop: ["x"],
      choiceCount: 2,
      topLogprobs: 3,
      tools: [look],
      toolChoice: { type: "tool", name: "look" },
      parallelToolCalls: false,
      responseFormat: { type: "json-object" },
      extensions: { user: "u" },
    });
    expect(body.parameters).toEqual({
      result_format: "message",
      temperature: 1,
      top_p: 0.5,
      top_k: 3,
      seed: 4,
      presence_penalty: 1,
      repetition_penalty: 1.2,
      max_tokens: 7,
      stop: ["x"],
      n: 2,
      logprobs: true,
      top_logprobs: 3,
      tools: [{ type: "function", function: look }],
      tool_choice: { type: "function", function: { name: "look" } },
      parallel_tool_calls: false,
      response_format: { type: "json_object" },
    });
    expect(dropped.toSorted()).toEqual(["frequency_penalty", "min_p", "user"]);
  });

  test.each([
    [{ effort: "none" }, { enable_thinking: false }],
    [{ enabled: false }, { enable_thinking: false }],
    [{ effort: "high" }, { enable_thinking: true, thinking_budget: 16_384 }],
    [{ enabled: true }, { enable_thinking: true }],
    [{ budgetTokens: 99 }, { enable_thinking: true, thinking_budget: 99 }],
    [{}, {}],
  ])("thinking %j", (reasoning, parameters) => {
    expect(encode({ reasoning }).body.parameters).toEqual({ result_format: "message", ...parameters });
  });

  test("an image goes to the path for media, where all contents are lists", () => {
    const messages: ChatMessage[] = [
      { role: "developer", content: [text("Be brief")] },
      { role: "user", content: [text("What?"), image] },
    ];
    const { body, variant } = encode({ messages });
    expect(variant).toBe("multimodal");
    expect(body.input).toEqual({
      messages: [
        { role: "system", content: [{ text: "Be brief" }] },
        { role: "user", content: [{ text: "What?" }, { image: "https://e.x/a.png" }] },
      ],
    });
  });

  test("tools over two turns, with what was thought", () => {
    const call: Part = { type: "tool-call", id: "c1", name: "look", arguments: '{"a":1}' };
    const { body } = encode({
      tools: [look],
      messages: [
        { role: "user", content: [text("a"), text("b")] },
        { role: "assistant", content: [{ type: "reasoning", text: "hm" }, call] },
        { role: "tool", toolCallId: "c1", content: [text("seen")] },
      ],
    });
    expect(body.input).toEqual({
      messages: [
        { role: "user", content: "a\nb" },
        {
          role: "assistant",
          content: "",
          reasoning_content: "hm",
          tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"a":1}' } }],
        },
        { role: "tool", content: "seen", tool_call_id: "c1" },
      ],
    });
  });

  test("marks for the vendor's cache keep a list of texts", () => {
    const cache = { type: "ephemeral" };
    const { body, dropped } = encode({ messages: [{ role: "user", content: [{ ...text("a"), cache } as Part] }] });
    expect(body.input["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "a", cache_control: cache }] },
    ]);
    expect(dropped).toEqual([]);
  });

  test("what would make it another answer is refused", () => {
    expect(faultOf(() => encode({ tools: [look, now], toolChoice: { type: "required" } }))).toEqual([
      "unsupported_parameter",
      "tool_choice",
    ]);
    expect(encode({ tools: [look], toolChoice: { type: "required" } }).body.parameters["tool_choice"]).toEqual({
      type: "function",
      function: { name: "look" },
    });
    const audio: Part = { type: "other", value: { type: "input_audio", input_audio: {} } };
    expect(faultOf(() => encode({ messages: [{ role: "user", content: [audio] }] }))).toEqual([
      "unsupported_parameter",
      "messages[].content[].input_audio",
    ]);
  });

  test("texts for vectors", () => {
    const request = {
      dialect: "openai-chat",
      model: "x",
      inputs: ["a"],
      dimensions: 64,
      encoding: "base64",
      extensions: { user: "u" },
    } as const;
    const encoded = dashscope.encodeRequest(
      { operation: "embedding", request: { ...request, inputs: ["a"] } },
      { model: "e", quirks: {} },
    );
    expect(encoded).toMatchObject({
      body: { model: "e", input: { texts: ["a"] }, parameters: { dimension: 64 } },
      dropped: ["user"],
    });
    const tokens = { operation: "embedding" as const, request: { ...request, inputs: [[1, 2]] } };
    expect(faultOf(() => dashscope.encodeRequest(tokens, { model: "e", quirks: {} }))).toEqual([
      "unsupported_parameter",
      "input",
    ]);
  });
});

describe("encoding and decoding again", () => {
  const words = fc.string({ minLength: 1, maxLength: 8 });
  const textPart = words.map(text);
  const parts = fc.oneof(
    textPart,
    fc.webUrl().map((url): Part => ({ type: "image", url })),
    fc.webUrl().map((audio): Part => ({ type: "other", value: { type: "audio", audio } })),
  );
  const call = fc
    .tuple(words, words, fc.json())
    .map(([id, name, json]): Part => ({ type: "tool-call", id, name, arguments: json }));
  const message = fc.oneof(
    fc.array(parts, { minLength: 1, maxLength: 3 }).map((content): ChatMessage => ({ role: "user", content })),
    textPart.map((part): ChatMessage => ({ role: "system", content: [part] })),
    fc.tuple(words, textPart, fc.array(call, { maxLength: 2 })).map(([thought, said, calls]): ChatMessage => ({
      role: "assistant",
      content: [{ type: "reasoning", text: thought }, said, ...calls],
    })),
    fc.tuple(words, textPart).map(([id, part]): ChatMessage => ({ role: "tool", toolCallId: id, content: [part] })),
  );
  const options = fc.record(
    {
      stop: fc.array(words, { maxLength: 2 }),
      maxOutputTokens: fc.integer({ min: 1, max: 9_999 }),
      choiceCount: fc.integer({ min: 1, max: 4 }),
      stream: fc.boolean(),
      topLogprobs: fc.integer({ min: 0, max: 5 }),
      sampling: fc.record(
        { temperature: fc.double({ min: 0, max: 2, noNaN: true }), topK: fc.nat(99) },
        { requiredKeys: [] },
      ),
      reasoning: fc.constantFrom({}, { enabled: true }, { enabled: false }, { enabled: true, budgetTokens: 5 }),
      extensions: fc.constantFrom(
        {},
        { parameters: { enable_search: true } },
        { input: { session: "s" }, resources: 1 },
      ),
    },
    { requiredKeys: [] },
  );

  test("gives the same request, on the path for media", () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), options, (messages, change) => {
        const request: ChatRequest = { ...plainRequest, ...change, dialect: own, model: "qwen3-vl", messages };
        request.streamUsage = request.stream;
        const { body, headers = {}, dropped } = encode(request, "qwen3-vl");
        const opened = dashscope.open({
          operation: "chat",
          path: multimodalPath,
          headers: new Headers(headers),
          body: Buffer.from(JSON.stringify(body)),
        });
        expect(dropped).toEqual([]);
        const { places: _places, ...again } = opened.decode().request as ChatRequest;
        expect(again).toEqual(request);
      }),
    );
  });

  test("and on the path for text, where neighbouring texts become one", () => {
    const said = fc.array(fc.array(textPart, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(said, (contents) => {
        const messages = contents.map((content): ChatMessage => ({ role: "user", content }));
        const { body } = encode({ dialect: own, messages }, "qwen3-max");
        const opened = dashscope.open({
          operation: "chat",
          path: textPath,
          headers: new Headers(),
          body: Buffer.from(JSON.stringify(body)),
        });
        const again = (opened.decode().request as ChatRequest).messages.map(({ content }) => content);
        expect(again).toEqual(
          contents.map((content) => [text(content.map((part) => (part as { text: string }).text).join("\n"))]),
        );
      }),
    );
  });
});
