import { describe, expect, test } from "bun:test";
import type { ChatMessage, ChatRequest, Part } from "../../call/index.ts";
import { plainRequest } from "../fixtures.ts";
import { decodeRequest } from "./decode-request.ts";
import { anthropicMessages } from "./index.ts";

const plain: ChatRequest = { ...plainRequest, model: "asked" };
const look = { name: "look", parameters: { type: "object" } };
const own = "anthropic-messages";

function encode(change: Partial<ChatRequest>, operation: "chat" | "token-count" = "chat") {
  const target = { model: "claude-x", quirks: {} };
  const { body, dropped } = anthropicMessages.encodeRequest({ operation, request: { ...plain, ...change } }, target);
  // As it goes over the wire.
  return { body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>, text: JSON.stringify(body), dropped };
}

/** The conversation as Anthropic gets it. */
function converse(messages: ChatMessage[], change: Partial<ChatRequest> = {}) {
  const { body, dropped } = encode({ messages, ...change });
  return { system: body["system"], messages: body["messages"], dropped };
}

/** The parameter and the code that the error has. */
function faultOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    const { code, param } = error as { code: string; param: string };
    return [code, param];
  }
  return "no error";
}

const say = (role: ChatMessage["role"], ...texts: string[]): ChatMessage => ({
  role,
  content: texts.map((text) => ({ type: "text", text })),
});
const call = (id: string, json = "{}"): Part => ({ type: "tool-call", id, name: "look", arguments: json });
const answer = (toolCallId: string, text = "seen"): ChatMessage => ({
  role: "tool",
  toolCallId,
  content: [{ type: "text", text }],
});

test("paths", () => {
  const target = { model: "m", stream: true };
  expect(anthropicMessages.path("chat", target)).toBe("/v1/messages");
  expect(anthropicMessages.path("token-count", target)).toBe("/v1/messages/count_tokens");
  expect(anthropicMessages.path("embedding", target)).toBeUndefined();
});

describe("encodeRequest from another dialect", () => {
  test("a plain request", () => {
    expect(encode({})).toMatchObject({
      body: { model: "claude-x", max_tokens: 8192, messages: [{ role: "user", content: "Hi" }] },
      dropped: [],
    });
    expect(Object.keys(encode({}).body).toSorted()).toEqual(["max_tokens", "messages", "model"]);
    expect(encode({ stream: true, stop: ["x"], maxOutputTokens: 7 }).body).toMatchObject({
      stream: true,
      stop_sequences: ["x"],
      max_tokens: 7,
    });
  });

  test("counting takes less", () => {
    const { body } = encode(
      { stream: true, stop: ["x"], sampling: { temperature: 1 }, maxOutputTokens: 7 },
      "token-count",
    );
    expect(Object.keys(body).toSorted()).toEqual(["messages", "model"]);
  });

  test("turns: the system's words lead, neighbours become one, results come first, what is empty is left out", () => {
    expect(
      converse([
        say("system", "Be kind"),
        say("user", "a", " "),
        say("developer", "Be brief"),
        { ...say("user", "b"), name: "Ann" },
        { role: "assistant", content: [{ type: "text", text: "" }, call("t1"), call("t2", '{"a":1}')] },
        say("user", "c"),
        answer("t2"),
        { ...answer("t1", ""), isError: true },
        say("assistant"),
        say("assistant", "d"),
        { role: "assistant", content: [{ type: "refusal", text: "no" }] },
        say("user", ""),
      ]),
    ).toEqual({
      system: [
        { type: "text", text: "Be kind" },
        { type: "text", text: "Be brief" },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "t1", name: "look", input: {} },
            { type: "tool_use", id: "t2", name: "look", input: { a: 1 } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "t2", content: "seen" },
            { type: "tool_result", tool_use_id: "t1", is_error: true },
            { type: "text", text: "c" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "text", text: "d" },
            { type: "text", text: "no" },
          ],
        },
      ],
      dropped: ["messages[].name"],
    });
    expect(converse([say("system", "One"), say("user", "Hi")]).system).toBe("One");
  });

  test("nothing but empty turns is refused", () => {
    expect(faultOf(() => encode({ messages: [say("system", "a"), say("user", " \n"), say("assistant")] }))).toEqual([
      "invalid_request",
      "messages",
    ]);
  });

  test("ids that Anthropic refuses, and ids that repeat, are renamed in call and result alike", () => {
    const { messages } = converse([
      {
        role: "assistant",
        content: [call("list_dir:0", '{"n":1}'), call("list_dir:0", '{"n":2}'), call("", '{"n":3}')],
      },
      answer("list_dir:0", "1"),
      answer("list_dir:0", "2"),
      answer("", "3"),
      { role: "assistant", content: [call("list_dir:0", '{"n":4}'), call("list_dir_0", '{"n":5}')] },
      answer("list_dir_0", "5"),
      answer("list_dir:0", "4"),
    ]);
    const blocks = (messages as { content: Record<string, unknown>[] }[]).flatMap(({ content }) => content);
    const calls = blocks.filter((block) => block["type"] === "tool_use");
    const ids = calls.map((block) => String(block["id"]));
    expect(new Set(ids).size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    // Each result has the number of its call.
    for (const block of calls) {
      const result = blocks.find((other) => other["tool_use_id"] === block["id"]);
      expect(result?.["content"]).toBe(String((block["input"] as { n: number }).n));
    }
  });

  test.each([
    ["", {}],
    ["  ", {}],
    ['{"a":1}', { a: 1 }],
    ['{"a":', { invalid_arguments: '{"a":' }],
    ["[1]", { invalid_arguments: "[1]" }],
    ["12345678901234567890", { invalid_arguments: "12345678901234567890" }],
  ])("arguments %j", (json, input) => {
    const { messages } = converse([say("user", "Hi"), { role: "assistant", content: [call("t", json)] }]);
    expect(messages).toMatchObject([{}, { content: [{ input }] }]);
    expect((messages as { content: { input: unknown }[] }[])[1]?.content[0]?.input).toEqual(input);
  });

  test("long numbers keep their digits", () => {
    const messages: ChatMessage[] = [{ role: "assistant", content: [call("t", '{"id": 1234567890123456789}')] }];
    expect(encode({ messages }).text).toContain('"input":{"id":1234567890123456789}');
  });

  test("images", () => {
    const image = (url: string): ChatMessage => ({ role: "user", content: [{ type: "image", url, detail: "high" }] });
    const sources = [
      ["data:image/png;base64,aGk=", { type: "base64", media_type: "image/png", data: "aGk=" }],
      ["DATA:image/JPG;charset=x;base64,aGk=", { type: "base64", media_type: "image/jpeg", data: "aGk=" }],
      ["data:image/svg+xml,%3Cg%3E", { type: "base64", media_type: "image/svg+xml", data: "PGc+" }],
      ["https://x/y.png", { type: "url", url: "https://x/y.png" }],
    ] as const;
    for (const [url, source] of sources) {
      expect(converse([image(url)])).toMatchObject({
        messages: [{ content: [{ type: "image", source }] }],
        dropped: ["messages[].content[].image_url.detail"],
      });
    }
    for (const url of ["data:text/plain;base64,aGk=", "data:image/png", "data:image/png,%zz"])
      expect(faultOf(() => converse([image(url)]))).toEqual(["invalid_request", "messages[0].content[0]"]);
    const misplaced: ChatMessage = { role: "system", content: image("https://x").content };
    expect(faultOf(() => converse([misplaced]))).toEqual(["unsupported_parameter", "messages[0].content[0]"]);
  });

  test("parts of another dialect are refused by name", () => {
    const content: Part[] = [{ type: "other", value: { type: "input_audio", input_audio: {} } }];
    expect(faultOf(() => encode({ messages: [say("user", "Hi"), { role: "user", content }] }))).toEqual([
      "unsupported_parameter",
      "messages[1].content[0]",
    ]);
  });

  test("reasoning goes only with Anthropic's own proof", () => {
    const { messages, dropped } = converse([
      say("user", "Hi"),
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "unsigned" },
          { type: "reasoning", text: "foreign", signature: { value: "x", origin: "gemini" } },
          { type: "reasoning", text: "mine", signature: { value: "proof", origin: own } },
          { type: "reasoning", text: "", signature: { value: "secret", origin: own, isRedacted: true } },
          { type: "text", text: "Ho" },
        ],
      },
    ]);
    expect(messages).toMatchObject([
      {},
      {
        content: [
          { type: "thinking", thinking: "mine", signature: "proof" },
          { type: "redacted_thinking", data: "secret" },
          { type: "text", text: "Ho" },
        ],
      },
    ]);
    expect(dropped).toEqual(["messages[].reasoning_content"]);
  });

  test.each([
    [{ effort: "low" }, undefined, 2048],
    [{ effort: "medium" }, 100_000, 8192],
    [{ effort: "high" }, undefined, 4096],
    [{ effort: "high" }, 100_000, 16_384],
    [{ effort: "minimal" }, 1500, 1024],
    [{ effort: "unheard-of" }, undefined, 1024],
    [{ enabled: true }, 100_000, 8192],
    [{ budgetTokens: 3000 }, 2500, 2499],
  ])("thinking %j with %j tokens has the budget %j", (reasoning, maxOutputTokens, budget) => {
    const { body, dropped } = encode({ reasoning, maxOutputTokens });
    expect(body["thinking"]).toEqual({ type: "enabled", budget_tokens: budget });
    expect(budget).toBeLessThan(body["max_tokens"] as number);
    expect(dropped).toEqual([]);
  });

  test("thinking that is switched off", () => {
    expect(encode({ reasoning: { effort: "none" } }).body["thinking"]).toEqual({ type: "disabled" });
    expect(encode({ reasoning: { enabled: false, effort: "high" } }).body["thinking"]).toEqual({ type: "disabled" });
  });

  test.each<[string, Partial<ChatRequest>, string]>([
    ["no room", { reasoning: { effort: "low" }, maxOutputTokens: 1024 }, "reasoning_effort"],
    ["a budget too small", { reasoning: { budgetTokens: 500 } }, "thinking_budget"],
    [
      "a forced tool",
      { reasoning: { enabled: true }, tools: [look], toolChoice: { type: "required" } },
      "enable_thinking",
    ],
    [
      "a turn whose thoughts are gone",
      {
        reasoning: { effort: "low" },
        tools: [look],
        messages: [say("user", "Hi"), { role: "assistant", content: [call("t")] }, answer("t")],
      },
      "reasoning_effort",
    ],
  ])("thinking is left out and listed: %s", (_name, change, field) => {
    const { body, dropped } = encode(change);
    expect(body["thinking"]).toBeUndefined();
    expect(dropped).toEqual([field]);
  });

  test("sampling", () => {
    const sampling = {
      temperature: 1.5,
      minP: 0.1,
      seed: 1,
      frequencyPenalty: 1,
      presencePenalty: 1,
      repeatPenalty: 1.1,
      topK: 5,
    };
    expect(encode({ sampling })).toMatchObject({
      body: { temperature: 1, top_k: 5 },
      dropped: ["min_p", "seed", "frequency_penalty", "presence_penalty", "repetition_penalty", "temperature"],
    });
    const both = encode({ sampling: { temperature: 0.3, topP: 0.9 } });
    expect(both.body).toMatchObject({ temperature: 0.3 });
    expect(both.dropped).toEqual(["top_p"]);
    const thinking = encode({ sampling: { temperature: 0.3, topP: 0.9, topK: 2 }, reasoning: { effort: "low" } });
    expect(Object.keys(thinking.body)).not.toContain("temperature");
    expect(thinking.dropped).toEqual(["temperature", "top_p", "top_k"]);
  });

  test("tools and the choice among them", () => {
    const tools = [{ ...look, description: "d", strict: true, cache: { type: "ephemeral" } }, { name: "bare" }];
    const { body } = encode({ tools, toolChoice: { type: "tool", name: "look" }, parallelToolCalls: false });
    expect(body).toMatchObject({
      tools: [
        {
          name: "look",
          description: "d",
          input_schema: { type: "object" },
          strict: true,
          cache_control: { type: "ephemeral" },
        },
        { name: "bare", input_schema: { type: "object", properties: {} } },
      ],
      tool_choice: { type: "tool", name: "look", disable_parallel_tool_use: true },
    });
    const choose = (change: Partial<ChatRequest>) => encode({ tools: [look], ...change }).body["tool_choice"];
    expect(choose({})).toBeUndefined();
    expect(choose({ parallelToolCalls: false })).toEqual({ type: "auto", disable_parallel_tool_use: true });
    expect(choose({ toolChoice: { type: "required" } })).toEqual({ type: "any" });
    expect(choose({ toolChoice: { type: "none" } })).toEqual({ type: "none" });
    expect(choose({ tools: [], parallelToolCalls: false })).toBeUndefined();
    expect(encode({ hostedTools: [{ index: 0, type: "web_search", value: { type: "web_search" } }] })).toMatchObject({
      dropped: ["tools[0]"],
    });
  });

  test("a schema is held to, and what would be another answer is refused", () => {
    const schema = { type: "object", properties: {} };
    const { body } = encode({ responseFormat: { type: "json-schema", name: "n", schema, strict: true } });
    expect(body["output_config"]).toEqual({ format: { type: "json_schema", schema } });
    expect(faultOf(() => encode({ responseFormat: { type: "json-object" } }))).toEqual([
      "unsupported_parameter",
      "response_format",
    ]);
    expect(faultOf(() => encode({ choiceCount: 2 }))).toEqual(["unsupported_parameter", "n"]);
    expect(faultOf(() => encode({ topLogprobs: 0 }))).toEqual(["unsupported_parameter", "logprobs"]);
  });

  test("extensions of another dialect are dropped and listed, each once, and no more than fit in a header", () => {
    const message: ChatMessage = {
      role: "user",
      content: [{ type: "text", text: "Hi", extensions: { annotations: [] } }],
      extensions: { prefix: true },
    };
    const { body, dropped } = encode({ extensions: { user: "u", store: true }, messages: [message, message] });
    expect(dropped).toEqual(["user", "store", "messages[].prefix", "messages[].content[].annotations"]);
    expect(JSON.stringify(body)).not.toContain("prefix");
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x${index}`, 1]));
    const listed = encode({ extensions: many }).dropped;
    expect(listed).toHaveLength(41);
    expect(listed.slice(-2)).toEqual(["x39", "more"]);
    const enough = Object.fromEntries(Object.entries(many).slice(0, 40));
    expect(encode({ extensions: enough }).dropped).toEqual(Object.keys(enough));
  });
});

describe("encodeRequest from its own dialect", () => {
  test("everything that only Anthropic knows travels", () => {
    const body = {
      model: "claude-x",
      max_tokens: 9000,
      system: [{ type: "text", text: "Be kind", cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [
            { citations: [1], type: "text", text: "look" },
            { type: "document", source: { type: "file", file_id: "f" } },
            { type: "image", source: { type: "file", file_id: "f" } },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "proof" },
            { type: "server_tool_use", id: "s", name: "web_search", input: {} },
            { type: "tool_use", id: "t", name: "look", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            {
              cache_control: { type: "ephemeral" },
              type: "tool_result",
              tool_use_id: "t",
              content: "seen",
              is_error: true,
            },
            { type: "text", text: "and?" },
          ],
        },
        { role: "system", content: "now in French" },
        { role: "user", content: "Go" },
      ],
      tools: [
        { name: "look", input_schema: { type: "object" } },
        { type: "web_search_20250305", name: "web_search", max_uses: 2 },
      ],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      thinking: { type: "adaptive", display: "omitted" },
      output_config: { task_budget: 5, effort: "max" },
      temperature: 0.4,
      top_p: 0.9,
      stream: true,
      metadata: { user_id: "u" },
      context_management: { edits: [] },
      mcp_servers: [],
    };
    const decoded = { operation: "chat", request: decodeRequest(body) } as const;
    expect(anthropicMessages.encodeRequest(decoded, { model: "claude-x", quirks: {} })).toEqual({ body, dropped: [] });
  });

  test.each([
    { type: "enabled", budget_tokens: 2000, display: "omitted" },
    { type: "disabled" },
    { type: "adaptive" },
    { type: "between_tools" },
  ])("thinking %j", (thinking) => {
    const request = decodeRequest({ model: "m", max_tokens: 5, messages: [{ role: "user", content: "Hi" }], thinking });
    const { body } = anthropicMessages.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
    expect(body["thinking"]).toEqual(thinking);
  });
});
