import { describe, expect, test } from "bun:test";
import { toSahabError } from "../../base/errors.ts";
import type { ChatRequest } from "../../call/index.ts";
import { dashscope } from "./index.ts";
import { multimodalPath, textPath } from "./paths.ts";

interface How {
  path?: string;
  operation?: "chat" | "embedding";
  headers?: Record<string, string>;
}

function open(body: unknown, { path = textPath, operation = "chat", headers = {} }: How = {}) {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return dashscope.open({ operation, path, headers: new Headers(headers), body: bytes });
}

function decode(body: unknown, how?: How): ChatRequest {
  const decoded = open(body, how).decode();
  if (decoded.operation !== "chat") throw new Error("expected a chat");
  return decoded.request;
}

/** The parameter and the message of the error. */
function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    const { code, param, message } = toSahabError(thrown);
    return { code, param, message };
  }
  return "no error";
}

const base = { model: "qwen3-max", input: { messages: [{ role: "user", content: "Hi" }] } };
const withParameters = (parameters: object) => ({ ...base, parameters });
const weather = { type: "function", function: { name: "weather", parameters: { type: "object" } } };

describe("opening", () => {
  test("a stream is asked for by either header", () => {
    expect(open(base).stream).toBe(false);
    expect(open(base, { headers: { "x-dashscope-sse": "enable" } }).stream).toBe(true);
    expect(open(base, { headers: { accept: "text/event-stream" } }).stream).toBe(true);
    expect(open(base, { headers: { "x-dashscope-sse": "disable", accept: "application/json" } }).stream).toBe(false);
  });

  test("what another thread has found without headers is a stream all the same", () => {
    const { found } = open(base);
    const incoming = { operation: "chat" as const, path: textPath, body: Buffer.from(JSON.stringify(base)), found };
    const opened = dashscope.open({ ...incoming, headers: new Headers({ "x-dashscope-sse": "enable" }) });
    expect(opened.stream).toBe(true);
    // And it goes back there with what was found.
    const again = dashscope.open({ ...incoming, headers: new Headers(), found: opened.found }).decode();
    expect(again.request).toMatchObject({ stream: true });
  });

  test.each([
    ["model", { ...base, model: undefined }],
    ["input", { model: "m" }],
    ["input", { model: "m", input: "Hi" }],
    ["input.messages", { model: "m", input: {} }],
    ["input.messages", { model: "m", input: { messages: [] } }],
    ["input.messages", { model: "m", input: { messages: "Hi" } }],
    ["n", withParameters({ n: 0 })],
    ["parameters.incremental_output", withParameters({ incremental_output: "yes" })],
    ["parameters.result_format", withParameters({ result_format: "html" })],
    ["parameters", { ...base, parameters: [] }],
    ["parameters.n", withParameters({ N: 3 })],
  ])("%s is refused", (param, body) => {
    expect(faultOf(() => open(body))).toMatchObject({ code: "invalid_request", param });
  });

  test("a task is kept, and made without a stream, whatever the other headers say", () => {
    const headers = { "x-dashscope-async": "enable", "x-dashscope-sse": "enable" };
    expect(open(base).keeps).toBeUndefined();
    const opened = open(base, { headers });
    expect(opened.stream).toBe(false);
    expect(opened.keeps).toMatchObject({ isStored: true, isBackground: true });
    expect(JSON.parse(opened.keeps?.requestText() ?? "")).toEqual(base);
  });

  test("prompt bytes are those of the messages, whose inline images count as one", () => {
    expect(open(base).promptBytes).toBe(JSON.stringify(base.input.messages).length);
    const image = `data:image/png;base64,${"A".repeat(100_000)}`;
    const messages = [{ role: "user", content: [{ image }, { text: "What?" }] }];
    expect(open({ model: "m", input: { messages } }, { path: multimodalPath }).promptBytes).toBeLessThan(4_000);
  });
});

describe("rewriting", () => {
  const pieces = (body: string, how?: How, passes: string[] = []) => {
    const wire = open(body, how).rewrite("vendor-model", { passes: new Set(passes) });
    return { ...wire, text: Buffer.concat([...wire.pieces]).toString(), pieces: undefined };
  };

  test("the model is renamed, the client's form, its headers and its path stay", () => {
    const body =
      '{"model":"qwen3-max", "input":{"messages":[{"role":"user","content":"Hi", "x":1e2}]},"parameters":{ "seed":12345678901234567890 }}';
    const headers = { "X-DashScope-SSE": "enable", "X-DashScope-OssResourceResolve": "enable", cookie: "c" };
    const sent = { "x-dashscope-sse": "enable", "x-dashscope-ossresourceresolve": "enable" };
    const wire = pieces(body, { headers, path: multimodalPath });
    expect(wire).toEqual({
      text: body.replace("qwen3-max", "vendor-model"),
      headers: sent,
      dropped: undefined,
      variant: "multimodal",
      pieces: undefined,
    });
    expect(pieces(body).variant).toBe("text");
    const target = { model: "m", stream: true };
    expect(dashscope.path("chat", { ...target, variant: "multimodal" })).toBe(multimodalPath);
    expect(dashscope.path("chat", { ...target, variant: "text" })).toBe(textPath);
  });

  test("what reaches beyond the model is taken out of every part, and named", () => {
    const body = `{"model":"m","input":{"customized_model_id":"dear","messages":[{}]},"parameters":{"enable_search":true,"search_options":{},"seed":1}}`;
    const wire = pieces(body, { headers: { "x-dashscope-plugin": "{}", "x-dashscope-workspace": "w" } });
    expect(wire.text).toBe('{"model":"vendor-model","input":{"messages":[{}]},"parameters":{"seed":1}}');
    expect(wire.dropped).toEqual([
      "input.customized_model_id",
      "parameters.enable_search",
      "parameters.search_options",
      "x-dashscope-plugin",
      "x-dashscope-workspace",
    ]);
    expect(wire.headers).toEqual({});
    const alone = '{"parameters":{"enable_search":true},"model":"m","input":{"messages":[{}]}}';
    expect(pieces(alone).text).toBe('{"parameters":{},"model":"vendor-model","input":{"messages":[{}]}}');
    expect(pieces(alone, {}, ["enable_search"]).text).toBe(alone.replace('"m"', '"vendor-model"'));
  });
});

describe("decoding", () => {
  test("a conversation with everything", () => {
    const request = decode(
      {
        model: "qwen3-max",
        resources: { x: 1 },
        input: {
          session: "s",
          messages: [
            { role: "system", content: "Be brief" },
            { role: "user", content: [{ text: "a" }, "b"] },
            {
              role: "assistant",
              content: "",
              reasoning_content: "hm",
              tool_calls: [{ index: 0, id: "c1", type: "function", function: { name: "weather", arguments: "{}" } }],
            },
            { role: "tool", content: "hot", tool_call_id: "c1" },
          ],
        },
        parameters: {
          result_format: "message",
          incremental_output: true,
          enable_thinking: true,
          thinking_budget: 500,
          temperature: 0.5,
          top_k: 20,
          repetition_penalty: 1.1,
          presence_penalty: 0.2,
          max_tokens: 9,
          stop: ["x"],
          seed: 3,
          n: 2,
          tools: [weather],
          tool_choice: { type: "function", function: { name: "weather" } },
          parallel_tool_calls: false,
          response_format: { type: "json_object" },
          logprobs: true,
          top_logprobs: 2,
          enable_search: true,
        },
      },
      { headers: { "x-dashscope-sse": "enable" } },
    );
    expect(request).toMatchObject({
      dialect: "dashscope",
      messages: [
        { role: "system", content: [{ type: "text", text: "Be brief" }] },
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
            { type: "reasoning", text: "hm" },
            { type: "text", text: "" },
            { type: "tool-call", id: "c1", name: "weather", arguments: "{}" },
          ],
        },
        { role: "tool", toolCallId: "c1", content: [{ type: "text", text: "hot" }] },
      ],
      tools: [{ name: "weather" }],
      toolChoice: { type: "tool", name: "weather" },
      parallelToolCalls: false,
      responseFormat: { type: "json-object" },
      reasoning: { enabled: true, budgetTokens: 500 },
      sampling: { temperature: 0.5, topK: 20, repeatPenalty: 1.1, presencePenalty: 0.2, seed: 3 },
      maxOutputTokens: 9,
      stop: ["x"],
      choiceCount: 2,
      topLogprobs: 2,
      stream: true,
      streamUsage: true,
    });
    expect(request.extensions).toEqual({
      resources: { x: 1 },
      input: { session: "s" },
      parameters: { enable_search: true },
    });
  });

  test("media are parts that can be refused by name", () => {
    const content = [
      { image: "https://e.x/a.png" },
      { image: "oss://bucket/a.png" },
      { image: "https://e.x/b.png", max_pixels: 9 },
      { audio: "https://e.x/a.mp3" },
      { video: ["https://e.x/1.png"], fps: 2 },
      { text: "What?", cache_control: { type: "ephemeral" } },
    ];
    const [message] = decode({ model: "qwen-vl-max", input: { messages: [{ role: "user", content }] } }).messages;
    expect(message?.content).toEqual([
      { type: "image", url: "https://e.x/a.png" },
      { type: "other", value: { type: "image", image: "oss://bucket/a.png" } },
      { type: "other", value: { type: "image", image: "https://e.x/b.png", max_pixels: 9 } },
      { type: "other", value: { type: "audio", audio: "https://e.x/a.mp3" } },
      { type: "other", value: { type: "video", video: ["https://e.x/1.png"], fps: 2 } },
      { type: "text", text: "What?", cache: { type: "ephemeral" } },
    ]);
  });

  test("the older form has turns of a user and a bot", () => {
    const input = { prompt: "And now?", history: [{ user: "Hi", bot: "Hello" }] };
    const said = decode({ model: "qwen-turbo", input }).messages.map(({ role, content }) => [role, content[0]]);
    expect(said).toEqual([
      ["user", { type: "text", text: "Hi" }],
      ["assistant", { type: "text", text: "Hello" }],
      ["user", { type: "text", text: "And now?" }],
    ]);
  });

  test.each([
    ["input.messages[0].role", { model: "m", input: { messages: [{ role: "robot", content: "x" }] } }],
    ["parameters.temperature", withParameters({ temperature: 7 })],
    ["parameters.thinking_budget", withParameters({ thinking_budget: -1 })],
    ["parameters.tools[0].function.name", withParameters({ tools: [{ type: "function", function: { name: "" } }] })],
    ["input.history[0]", { model: "m", input: { prompt: "x", history: ["y"] } }],
  ])("an error names %s", (param, body) => {
    expect(faultOf(() => decode(body))).toMatchObject({ param, message: expect.stringContaining(`${param}: `) });
  });

  test("a schema keeps its digits", () => {
    const body = JSON.stringify(withParameters({ tools: [weather] })).replace(
      '"object"',
      '"object","maximum":9223372036854775807',
    );
    expect(decode(body).tools[0]?.parametersJson).toContain("9223372036854775807");
  });

  test("texts for vectors", () => {
    const how = { operation: "embedding" } as const;
    const opened = open(
      { model: "e", input: { texts: ["a", "b"] }, parameters: { dimension: 64, text_type: "query" } },
      how,
    );
    expect([opened.choiceCount, opened.vectorEncoding]).toEqual([2, "float"]);
    expect(opened.decode().request).toMatchObject({
      inputs: ["a", "b"],
      dimensions: 64,
      extensions: { parameters: { text_type: "query" } },
    });
    expect(faultOf(() => open({ model: "e", input: {} }, how))).toMatchObject({ param: "input.texts" });
    expect(faultOf(() => open({ model: "e", input: { texts: [1] } }, how).decode())).toMatchObject({
      param: "input.texts[0]",
    });
  });
});
