import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "../../call/index.ts";
import type { OpenedRequest } from "../dialect.ts";
import { decodeRequest, places } from "./decode-request.ts";
import { anthropicMessages } from "./index.ts";

const base = { model: "claude-x", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] };

function open(
  body: object | string,
  headers: Record<string, string> = {},
  operation: "chat" | "token-count" = "chat",
): OpenedRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return anthropicMessages.open({
    operation,
    path: "/v1/messages",
    headers: new Headers(headers),
    body: Buffer.from(text),
  });
}

function decode(body: object | string): ChatRequest {
  const decoded = open(body).decode();
  if (decoded.operation !== "chat") throw new Error(decoded.operation);
  return decoded.request;
}

/** The parameter that the error names. */
function faultOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { param: unknown }).param;
  }
  return "no error";
}

describe("open", () => {
  test("what the path needs", () => {
    expect(open({ ...base, stream: true })).toMatchObject({
      dialect: "anthropic-messages",
      operation: "chat",
      model: "claude-x",
      stream: true,
      choiceCount: 1,
    });
    const { max_tokens: _, ...counting } = base;
    expect(open({ ...counting, stream: true }, {}, "token-count")).toMatchObject({
      operation: "token-count",
      stream: false,
    });
  });

  test.each([
    ["max_tokens", { ...base, max_tokens: undefined }],
    ["max_tokens", { ...base, max_tokens: null }],
    ["max_tokens", { ...base, max_tokens: 0 }],
    ["max_tokens", { ...base, max_tokens: 1.5 }],
    ["max_tokens", { ...base, max_tokens: "5" }],
    ["messages", { ...base, messages: [] }],
    ["messages", { ...base, messages: "Hi" }],
    ["messages", { ...base, messages: undefined }],
    ["model", { ...base, model: "" }],
    ["stream", { ...base, stream: "yes" }],
  ])("%s is refused", (param, body) => {
    expect(faultOf(() => open(body))).toBe(param);
  });

  test("rewriting renames the model and passes on the headers of the dialect, and no other", () => {
    const headers = {
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "a-2026,b",
      "x-api-key": "secret",
      cookie: "c",
    };
    const body = '{"model":"claude-x",  "max_tokens":9, "messages":[{}], "seed":1234567890123456789}';
    const { pieces, headers: sent } = open(body, headers).rewrite("vendor/other");
    expect(Buffer.concat([...pieces]).toString()).toBe(body.replace("claude-x", "vendor/other"));
    expect(sent).toEqual({ "anthropic-version": "2023-06-01", "anthropic-beta": "a-2026,b" });
    expect(open(body).rewrite("claude-x").headers).toEqual({});
  });

  test("prompt bytes are those of messages, system and tools", () => {
    const plain = open(base).promptBytes;
    expect(plain).toBe(JSON.stringify(base.messages).length);
    const system = "x".repeat(1000);
    const tools = [{ name: "look", input_schema: { type: "object" } }];
    expect(open({ ...base, system, tools, metadata: { user_id: "y".repeat(500) } }).promptBytes).toBe(
      plain + 1002 + JSON.stringify(tools).length,
    );
  });

  const data = "iVBORw0KGgo".repeat(10_000);
  const source = { type: "base64", media_type: "image/png", data };
  const image = { type: "image", source };
  test.each([
    ["in a message", [image]],
    [
      "in a tool's result",
      [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: 'a [}\\" b' }, image] }],
    ],
    ["among others", [{ type: "text", text: 'say "base64"' }, image, image]],
  ])("an inline image counts flat: %s", (_name, content) => {
    const { promptBytes } = open({
      ...base,
      messages: [
        { role: "user", content: "Hi" },
        { role: "user", content },
      ],
    });
    expect(promptBytes).toBeGreaterThan(3200);
    expect(promptBytes).toBeLessThan(4200);
  });

  test.each([
    ["a tool's input", [{ type: "tool_use", id: "t", name: "n", input: { source, content: [image] } }]],
    ["a text document", [{ type: "document", source: { type: "text", media_type: "text/plain", data } }]],
    ["a PDF", [{ type: "document", source: { ...source, media_type: "application/pdf" } }]],
    ["a text", [{ type: "text", text: JSON.stringify(image), source }]],
    ["a data URL", [{ type: "tool_use", id: "t", name: "n", input: { url: `data:image/png;base64,${data}` } }]],
  ] as [string, object[]][])("what is text to a model counts in full: %s", (_name, content) => {
    expect(open({ ...base, messages: [{ role: "assistant", content }] }).promptBytes).toBeGreaterThan(data.length);
  });

  test("an image in a result within a result, which Anthropic does not take, counts in full", () => {
    const inner = { type: "tool_result", tool_use_id: "t", content: [image] };
    const content = [{ type: "tool_result", tool_use_id: "t", content: [inner] }];
    expect(open({ ...base, messages: [{ role: "user", content }] }).promptBytes).toBeGreaterThan(data.length);
  });

  test("results that are nested deep take no more time than the same bytes side by side", () => {
    const padding = { type: "text", text: `"base64" ${"[1]".repeat(12_000)}` };
    const nest = (depth: number): object[] =>
      depth === 0 ? [image] : [padding, { type: "tool_result", tool_use_id: "t", content: nest(depth - 1) }];
    const timeOf = (content: object[]) => {
      const body = JSON.stringify({ ...base, messages: [{ role: "user", content }] });
      const times = Array.from({ length: 3 }, () => {
        const startMs = performance.now();
        open(body);
        return performance.now() - startMs;
      });
      return Math.min(...times);
    };
    timeOf(nest(10));
    const flatMs = timeOf([...Array.from({ length: 90 }, () => padding), image]);
    // Each level used to read all that is below it again: 45 times as long.
    expect(timeOf(nest(90))).toBeLessThan(8 * flatMs + 5);
  });

  test("of a type that is given twice the last one counts, as for whoever parses it", () => {
    const content = JSON.stringify([image]).replace('"type":"image"', '"type":"image","type":"text"');
    const body = `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":${content}}]}`;
    expect(open(body).promptBytes).toBeGreaterThan(data.length);
  });
});

describe("routes", () => {
  const { routes } = anthropicMessages;
  const served = (method: string, path: string, headers: Record<string, string> = {}) =>
    routes.find(
      (route) =>
        route.method === method &&
        (typeof route.path === "string" ? route.path === path : route.path.test(path)) &&
        (route.accepts?.(new Headers(headers)) ?? true),
    );

  test.each(["", "/anthropic"])("under '%s'", (prefix) => {
    const headers = { "anthropic-version": "2023-06-01" };
    expect(served("POST", `${prefix}/v1/messages`)?.serves).toBe("chat");
    expect(served("POST", `${prefix}/v1/messages/count_tokens`)?.serves).toBe("token-count");
    expect(served("GET", `${prefix}/v1/models`, headers)?.serves).toBe("list-models");
    const show = served("GET", `${prefix}/v1/models/vendor/a:b%2Fc`, headers);
    expect(show?.serves).toBe("show-model");
    expect(new RegExp(show?.path ?? "").exec(`${prefix}/v1/models/vendor/a:b%2Fc`)?.groups?.["model"]).toBe(
      "vendor/a:b%2Fc",
    );
  });

  test("models without the version header are another dialect's, but under /anthropic", () => {
    expect(served("GET", "/v1/models")).toBeUndefined();
    expect(served("GET", "/v1/models/a")).toBeUndefined();
    expect(served("GET", "/anthropic/v1/models")?.serves).toBe("list-models");
  });

  test("lists", () => {
    const a = { id: "a", ownedBy: "sahab", createdS: 0 };
    const shown = { type: "model", id: "a", display_name: "a", created_at: "1970-01-01T00:00:00.000Z" };
    expect(anthropicMessages.encodeModel(a)).toEqual(shown);
    expect(anthropicMessages.encodeModelList([a, { ...a, id: "b" }])).toEqual({
      data: [shown, { ...shown, id: "b", display_name: "b" }],
      has_more: false,
      first_id: "a",
      last_id: "b",
    });
    expect(anthropicMessages.encodeModelList([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  });
});

describe("decodeRequest", () => {
  test("a plain request", () => {
    expect(decode(base)).toEqual({
      dialect: "anthropic-messages",
      places,
      model: "claude-x",
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      tools: [],
      hostedTools: [],
      toolChoice: { type: "auto" },
      parallelToolCalls: true,
      responseFormat: { type: "text" },
      reasoning: {},
      sampling: {},
      maxOutputTokens: 100,
      stop: [],
      choiceCount: 1,
      topLogprobs: undefined,
      stream: false,
      streamUsage: false,
      extensions: {},
    });
  });

  test.each(["12345678901234567890", "5", "[1]", '"a"'])("a tool's input of %s is refused", (input) => {
    const use = '{"type":"tool_use","id":"t","name":"n","input":0}'.replace(":0}", `:${input}}`);
    const call = open(`{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[${use}]}]}`);
    expect(faultOf(() => call.decode())).toBe("messages[0].content[0].input");
  });

  test("every kind of block", () => {
    const cache_control = { type: "ephemeral", ttl: "1h" };
    const document = { type: "document", source: { type: "url", url: "https://x/y.pdf" } };
    const { messages } = decode({
      ...base,
      system: [{ type: "text", text: "Be kind", cache_control }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "look", citations: [1] },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "aGk=" }, cache_control },
            { type: "image", source: { type: "url", url: "https://x/y.png" } },
            { type: "image", source: { type: "file", file_id: "f" } },
            document,
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "proof" },
            { type: "thinking", thinking: "from elsewhere", signature: "" },
            { type: "redacted_thinking", data: "secret" },
            { type: "text", text: "let me" },
            { type: "tool_use", id: "t1", name: "look", input: { a: [1] }, cache_control },
            { type: "tool_use", id: "t2", name: "now", input: {}, caller: { type: "direct" } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "text", text: "before" },
            { type: "tool_result", tool_use_id: "t1", content: "seen", cache_control },
            {
              type: "tool_result",
              tool_use_id: "t2",
              is_error: true,
              content: [
                { type: "text", text: "no" },
                { type: "image", source: { type: "url", url: "http://x/z.png" } },
                document,
              ],
            },
            { type: "text", text: "after" },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t3" }] },
        { role: "system", content: "now in French" },
      ],
    });
    const origin = "anthropic-messages";
    expect(messages).toEqual([
      { role: "system", content: [{ type: "text", text: "Be kind", cache: cache_control }] },
      {
        role: "user",
        content: [
          { type: "text", text: "look", extensions: { citations: [1] } },
          { type: "image", url: "data:image/png;base64,aGk=", cache: cache_control },
          { type: "image", url: "https://x/y.png" },
          { type: "other", value: { type: "image", source: { type: "file", file_id: "f" } } },
          { type: "other", value: document },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm", signature: { value: "proof", origin } },
          { type: "reasoning", text: "from elsewhere" },
          { type: "reasoning", text: "", signature: { value: "secret", origin, isRedacted: true } },
          { type: "text", text: "let me" },
          { type: "tool-call", id: "t1", name: "look", arguments: '{"a":[1]}', cache: cache_control },
          {
            type: "tool-call",
            id: "t2",
            name: "now",
            arguments: "{}",
            extensions: { caller: { type: "direct" } },
          },
        ],
      },
      { role: "tool", toolCallId: "t1", content: [{ type: "text", text: "seen" }], extensions: { cache_control } },
      {
        role: "tool",
        toolCallId: "t2",
        isError: true,
        content: [
          { type: "text", text: "no" },
          { type: "image", url: "http://x/z.png" },
          { type: "other", value: document },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "before" },
          { type: "text", text: "after" },
        ],
      },
      { role: "tool", toolCallId: "t3", content: [] },
      { role: "system", content: [{ type: "text", text: "now in French" }] },
    ]);
  });

  test("tools, choice, thinking, format, sampling, the rest", () => {
    const request = decode({
      ...base,
      tools: [
        { name: "look", description: "d", input_schema: { type: "object" }, cache_control: { type: "ephemeral" } },
        { type: "custom", name: "now", input_schema: { type: "object" }, strict: true },
        { type: "web_search_20250305", name: "web_search", max_uses: 3 },
      ],
      tool_choice: { type: "tool", name: "web_search", disable_parallel_tool_use: true },
      thinking: { type: "adaptive", display: "omitted" },
      output_config: { effort: "xhigh", format: { type: "json_schema", schema: { type: "object" } }, task_budget: 5 },
      stop_sequences: ["a", "b"],
      temperature: 0.5,
      top_p: null,
      top_k: 3,
      metadata: { user_id: "u" },
      context_management: { edits: [] },
    });
    expect(request).toMatchObject({
      tools: [
        { name: "look", description: "d", parameters: { type: "object" }, cache: { type: "ephemeral" } },
        { name: "now", parameters: { type: "object" }, strict: true },
      ],
      hostedTools: [{ index: 2, type: "web_search_20250305", value: { name: "web_search", max_uses: 3 } }],
      toolChoice: { type: "tool", name: "web_search" },
      parallelToolCalls: false,
      reasoning: { enabled: true, effort: "xhigh" },
      responseFormat: { type: "json-schema", schema: { type: "object" } },
      stop: ["a", "b"],
      sampling: { temperature: 0.5, topK: 3 },
    });
    expect(request.extensions).toEqual({
      metadata: { user_id: "u" },
      context_management: { edits: [] },
      thinking: { type: "adaptive", display: "omitted" },
      output_config: { task_budget: 5 },
    });
    expect(decode({ ...base, thinking: { type: "enabled", budget_tokens: 2000 } }).reasoning).toEqual({
      enabled: true,
      budgetTokens: 2000,
    });
    expect(decode({ ...base, thinking: { type: "disabled" } }).reasoning).toEqual({ enabled: false });
    const format = { type: "json_schema", schema: { type: "array" } };
    expect(decode({ ...base, output_format: format }).responseFormat).toMatchObject({ schema: { type: "array" } });
  });

  test("no content is empty, however it is written", () => {
    for (const content of [undefined, null, [], ""]) {
      const { messages } = decode({ ...base, messages: [{ role: "user", content }] });
      expect(messages).toEqual([{ role: "user", content: [] }]);
      const result = { type: "tool_result", tool_use_id: "t", content };
      expect(decode({ ...base, messages: [{ role: "user", content: [result] }] }).messages).toEqual([
        { role: "tool", toolCallId: "t", content: [] },
      ]);
    }
  });

  test.each([
    ["messages[0].role", { messages: [{ role: "robot", content: "Hi" }] }],
    ["messages[0].content", { messages: [{ role: "user", content: 5 }] }],
    ["messages[0].content[0].text", { messages: [{ role: "user", content: [{ type: "text" }] }] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{ text: "x" }] }] }],
    ["messages[0].content[0].source", { messages: [{ role: "user", content: [{ type: "image" }] }] }],
    [
      "messages[0].content[1].tool_use_id",
      { messages: [{ role: "user", content: [{ type: "text", text: "" }, { type: "tool_result" }] }] },
    ],
    [
      "messages[0].content[0].input",
      { messages: [{ role: "assistant", content: [{ type: "tool_use", id: "a", name: "b", input: "c" }] }] },
    ],
    ["system[0]", { system: ["text"] }],
    ["tools[0].name", { tools: [{}] }],
    ["tools[1]", { tools: [{ name: "a" }, null] }],
    ["tool_choice.type", { tool_choice: { type: "sometimes" } }],
    ["tool_choice", { tool_choice: { type: "any" } }],
    ["tool_choice.name", { tools: [{ name: "a" }], tool_choice: { type: "tool", name: "b" } }],
    ["thinking.budget_tokens", { thinking: { type: "enabled", budget_tokens: "many" } }],
    ["output_config.format.type", { output_config: { format: { type: "xml" } } }],
    ["stop_sequences[1]", { stop_sequences: ["a", 1] }],
    ["temperature", { temperature: "hot" }],
  ])("%s is refused", (param, change) => {
    expect(faultOf(() => decodeRequest({ ...base, ...change }))).toBe(param);
  });

  test("null is absent", () => {
    const names = ["system", "tools", "tool_choice", "thinking", "output_config", "output_format", "stop_sequences"];
    const nulls = [...names, "temperature", "top_p", "top_k", "stream"].map((name) => [name, null]);
    const request = decode({ ...base, ...Object.fromEntries(nulls) });
    expect(request).toEqual(decode(base));
  });

  test("long numbers in a tool's input and in its schema keep their digits", () => {
    const body = `{"model":"m","max_tokens":5,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{"id":1234567890123456789,"x":[-98765432109876543210]}}]}],"tools":[{"name":"b","input_schema":{"maximum":9223372036854775807}}]}`;
    const { messages, tools } = decode(body);
    expect(messages[0]?.content[0]).toMatchObject({
      arguments: '{"id":1234567890123456789,"x":[-98765432109876543210]}',
    });
    expect(JSON.stringify(tools[0]?.parameters)).toBe('{"maximum":9223372036854775807}');
  });

  test("half a surrogate pair, NUL and __proto__ are text like any other", () => {
    const body = String.raw`{"model":"m","max_tokens":5,"__proto__":{"x":1},"messages":[{"role":"user","content":"\ud800\u0000"}]}`;
    expect(decode(body).messages[0]?.content).toEqual([{ type: "text", text: "\ud800\0" }]);
    expect(Object.keys(decode(body).extensions)).toEqual(["__proto__"]);
  });
});
