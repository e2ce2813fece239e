import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatMessage, ChatRequest, Part, ToolDefinition } from "../../call/index.ts";
import { plainRequest } from "../fixtures.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiResponses } from "./index.ts";

const own = "openai-responses";
const look = { name: "look", parameters: { type: "object" } };

function open(body: object, operation: "chat" | "token-count" = "chat") {
  const bytes = Buffer.from(JSON.stringify(body));
  return openaiResponses.open({ operation, path: "/v1/responses", headers: new Headers(), body: bytes });
}

function decode(body: object): ChatRequest {
  const decoded = open({ model: "m", input: "Hi", ...body }).decode();
  if (decoded.operation !== "chat") throw new Error(`decoded as ${decoded.operation}`);
  return decoded.request;
}

function encode(change: Partial<ChatRequest>, model = "gpt-4.1", operation: "chat" | "token-count" = "chat") {
  const request = { ...plainRequest, ...change };
  const { body, dropped } = openaiResponses.encodeRequest({ operation, request }, { model, quirks: {} });
  // As it goes over the wire.
  return { body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>, dropped };
}

function faultOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    const { code, param } = error as { code: string; param: string };
    return [code, param];
  }
  return "no error";
}

const proof = (id: string) =>
  JSON.stringify({
    type: "reasoning",
    id,
    summary: [{ type: "summary_text", text: "hm" }],
    encrypted_content: "c2ln",
  });
const thought = (id: string): Part => ({ type: "reasoning", text: "hm", signature: { value: proof(id), origin: own } });

describe("a request of another dialect", () => {
  test("the least there is: nothing is to be kept, and reasoning comes encrypted where there may be some", () => {
    expect(encode({}).body).toEqual({
      model: "gpt-4.1",
      input: [{ type: "message", role: "user", content: "Hi" }],
      store: false,
    });
    const include = ["reasoning.encrypted_content"];
    for (const model of ["gpt-5.4", "o3-mini", "openai/gpt-5", "grok-4-fast-reasoning", "codex-mini"])
      expect(encode({}, model).body).toMatchObject({ include });
    expect(encode({ reasoning: { effort: "low" } }).body).toMatchObject({ include, reasoning: { effort: "low" } });
    expect(encode({ reasoning: { enabled: true, budgetTokens: 8192 } })).toMatchObject({
      body: { include, reasoning: { effort: "medium" } },
      dropped: ["thinking.budget_tokens"],
    });
  });

  test("a conversation: turns become items in their order, with the proofs of this dialect alone", () => {
    const messages: ChatMessage[] = [
      { role: "system", content: [{ type: "text", text: "Be kind" }] },
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "image", url: "https://e.x/a.png" },
        ],
      },
      {
        role: "assistant",
        content: [
          thought("rs_1"),
          { type: "reasoning", text: "x", signature: { value: "v", origin: "anthropic-messages" } },
          { type: "text", text: "b" },
          { type: "refusal", text: "no" },
          { type: "tool-call", id: "t1", name: "look", arguments: "" },
        ],
      },
      { role: "tool", toolCallId: "t1", isError: true, content: [{ type: "text", text: "seen" }] },
      { role: "tool", toolCallId: "t2", content: [{ type: "image", url: "data:image/png;base64,AA", detail: "low" }] },
    ];
    expect(encode({ messages, tools: [look] })).toMatchObject({
      body: {
        input: [
          { type: "message", role: "system", content: "Be kind" },
          {
            role: "user",
            content: [
              { type: "input_text", text: "a" },
              { type: "input_image", image_url: "https://e.x/a.png", detail: "auto" },
            ],
          },
          JSON.parse(proof("rs_1")),
          {
            role: "assistant",
            content: [
              { type: "output_text", text: "b" },
              { type: "refusal", refusal: "no" },
            ],
          },
          { type: "function_call", call_id: "t1", name: "look", arguments: "{}" },
          { type: "function_call_output", call_id: "t1", output: "seen" },
          {
            type: "function_call_output",
            call_id: "t2",
            output: [{ type: "input_image", image_url: "data:image/png;base64,AA", detail: "low" }],
          },
        ],
        tools: [{ type: "function", name: "look", strict: false }],
      },
      dropped: ["messages[].reasoning_content", "messages[].content[].is_error"],
    });
  });

  test.each<[Partial<ChatRequest>, string]>([
    [{ choiceCount: 2 }, "n"],
    [{ stop: ["x"] }, "stop"],
    [{ extensions: { modalities: ["audio"] } }, "modalities"],
    [{ extensions: { guided_regex: "x" } }, "guided_regex"],
    [
      {
        hostedTools: [{ index: 0, type: "web_search", value: {} }],
        toolChoice: { type: "required" },
      },
      "tool_choice",
    ],
    [
      { messages: [{ role: "user", content: [{ type: "other", value: { type: "input_audio" } }] }] },
      "messages[0].content[0]",
    ],
    [{ messages: [{ role: "assistant", content: [{ type: "image", url: "https://e.x" }] }] }, "messages[0].content[0]"],
  ])("%j is refused by name", (change, param) => {
    expect(faultOf(() => encode(change))).toEqual(["unsupported_parameter", param]);
  });

  test("what would change little is dropped and listed", () => {
    const { body, dropped } = encode({
      sampling: { temperature: 1, topP: 0.5, topK: 3, seed: 1, frequencyPenalty: 1 },
      extensions: { logit_bias: {} },
      topLogprobs: 2,
      responseFormat: { type: "json-schema", name: "n", schema: {}, strict: true },
      maxOutputTokens: 5,
      stream: true,
      parallelToolCalls: false,
      tools: [look],
      toolChoice: { type: "tool", name: "look" },
    });
    expect(dropped).toEqual(["logit_bias", "top_k", "seed", "frequency_penalty"]);
    expect(body).toMatchObject({
      temperature: 1,
      top_p: 0.5,
      top_logprobs: 2,
      include: ["message.output_text.logprobs"],
      text: { format: { type: "json_schema", name: "n", strict: true } },
      max_output_tokens: 5,
      stream: true,
      parallel_tool_calls: false,
      tool_choice: { type: "function", name: "look" },
    });
    expect(Object.keys(encode({ maxOutputTokens: 5, tools: [look] }, "m", "token-count").body)).toEqual([
      "model",
      "input",
      "tools",
    ]);
  });
});

describe("a client's request, for a vendor of this dialect", () => {
  const rewrite = (body: string, model = "gpt-4.1", passes: string[] = []) => {
    const call = openaiResponses.open({
      operation: "chat",
      path: "/v1/responses",
      headers: new Headers(),
      body: Buffer.from(body),
    });
    const { pieces, dropped } = call.rewrite(model, { passes: new Set(passes) });
    return { text: Buffer.concat(pieces).toString("utf8"), dropped };
  };

  test("keeps its bytes, with the model renamed and nothing kept", () => {
    expect(rewrite('{ "model":"m", "input":[ {"x":1.0} ],"store":true,"metadata":{"a":1} }').text).toBe(
      '{ "model":"gpt-4.1", "input":[ {"x":1.0} ],"store":false }',
    );
    expect(rewrite('{"model":"m","input":"Hi","store":false}').text).toBe(
      '{"model":"gpt-4.1","input":"Hi","store":false}',
    );
    expect(JSON.parse(rewrite('{"model":"m","input":"Hi"}').text)).toEqual({
      model: "gpt-4.1",
      input: "Hi",
      store: false,
    });
    expect(rewrite('{"model":"m","input":"Hi","store":true}', "m", ["store"]).text).toContain('"store":true');
    expect(rewrite('{"model":"m","input":"Hi","service_tier":"flex"}').dropped).toEqual(["service_tier"]);
  });

  test("asks for encrypted reasoning where the client counted on what the vendor keeps", () => {
    const includeOf = (body: string, model?: string) =>
      (JSON.parse(rewrite(body, model).text) as { include?: unknown }).include;
    expect(includeOf('{"model":"m","input":"Hi"}', "gpt-5.4")).toEqual(["reasoning.encrypted_content"]);
    expect(includeOf('{"model":"m","input":"Hi","include":["a"]}', "gpt-5.4")).toEqual([
      "a",
      "reasoning.encrypted_content",
    ]);
    expect(includeOf('{"model":"m","input":"Hi","reasoning":{"effort":"low"}}')).toEqual([
      "reasoning.encrypted_content",
    ]);
    expect(includeOf('{"model":"m","input":"Hi"}')).toBeUndefined();
    expect(includeOf('{"model":"m","input":"Hi","store":false}', "gpt-5.4")).toBeUndefined();
  });
});

describe("a client's request, decoded", () => {
  test("items of every kind", () => {
    const input = [
      { role: "developer", content: "Rules" },
      {
        type: "message",
        role: "user",
        id: "msg_1",
        content: [
          { type: "input_text", text: "a" },
          { type: "input_file", file_id: "f" },
        ],
      },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "c2ln" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "b", annotations: [] }] },
      { type: "web_search_call", id: "ws_1", status: "completed" },
      { type: "function_call", call_id: "c1", name: "look", arguments: '{"a":1}' },
      { type: "custom_tool_call", call_id: "c2", name: "edit", input: "x\ny" },
      { type: "function_call_output", call_id: "c1", output: "seen" },
      {
        type: "custom_tool_call_output",
        call_id: "c2",
        output: [{ type: "input_image", image_url: "https://e.x/a.png" }],
      },
    ];
    expect(decode({ input, instructions: "Be kind" }).messages).toEqual([
      { role: "system", content: [{ type: "text", text: "Be kind" }] },
      { role: "developer", content: [{ type: "text", text: "Rules" }] },
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "other", value: { type: "input_file", file_id: "f" } },
        ],
      },
      {
        role: "assistant",
        content: [
          thought("rs_1"),
          { type: "text", text: "b" },
          { type: "other", value: { type: "web_search_call", id: "ws_1", status: "completed" } },
          { type: "tool-call", id: "c1", name: "look", arguments: '{"a":1}' },
          { type: "tool-call", id: "c2", name: "edit", arguments: '{"input":"x\\ny"}' },
        ],
      },
      { role: "tool", toolCallId: "c1", content: [{ type: "text", text: "seen" }] },
      { role: "tool", toolCallId: "c2", content: [{ type: "image", url: "https://e.x/a.png" }] },
    ]);
  });

  test("what hosted tools did is dropped for others and listed, a file is refused", () => {
    const search = { type: "file_search_call", id: "fs_1", queries: ["x"], status: "completed" };
    const request = decode({ input: [{ role: "user", content: "Hi" }, search, { role: "user", content: "so?" }] });
    for (const dialect of [openaiChat, anthropicMessages]) {
      const { body, dropped } = dialect.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
      expect(dropped).toEqual(["input[].content[].file_search_call"]);
      expect(JSON.stringify(body)).not.toContain("fs_1");
    }
    const file = decode({ input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] });
    for (const dialect of [openaiChat, anthropicMessages])
      expect(
        faultOf(() => dialect.encodeRequest({ operation: "chat", request: file }, { model: "m", quirks: {} })),
      ).toMatchObject(["unsupported_parameter", expect.any(String)]);
  });

  test("the result of a call that is dropped goes with it", () => {
    const input = [
      { role: "user", content: "Hi" },
      { type: "local_shell_call", call_id: "c1", status: "completed", action: { type: "exec", command: ["ls"] } },
      { type: "function_call", call_id: "c2", name: "look", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "a.txt" },
      { type: "function_call_output", call_id: "c2", output: "seen" },
    ];
    for (const dialect of [openaiChat, anthropicMessages]) {
      const request = decode({ input });
      const { body, dropped } = dialect.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
      expect(dropped).toEqual(["input[].content[].local_shell_call", "input[].content[].function_call_output"]);
      const sent = JSON.stringify(body);
      expect([sent.includes("c1"), sent.includes("a.txt"), sent.includes("seen")]).toEqual([false, false, true]);
    }
  });

  const tools = [
    { type: "function", name: "a", parameters: { type: "object", properties: { n: { maximum: 1.0 } } } },
    { type: "web_search" },
    { type: "custom", name: "b", format: { type: "text" } },
    { type: "namespace", name: "ns", description: "Of ns", tools: [{ type: "function", name: "c", description: "C" }] },
  ];

  test("tools, and how one is chosen", () => {
    const request = decode({ tools });
    expect(request.tools.map(({ name, description }) => [name, description])).toEqual([
      ["a", undefined],
      ["b", undefined],
      ["ns__c", "C\n\nAll tools of ns: Of ns"],
    ]);
    expect(request.hostedTools).toMatchObject([{ index: 1, type: "web_search" }]);
    const chosen = (tool_choice: unknown) => decode({ tools, tool_choice }).toolChoice;
    expect(chosen("required")).toEqual({ type: "required" });
    expect(chosen({ type: "function", name: "a" })).toEqual({ type: "tool", name: "a" });
    expect(chosen({ type: "custom", name: "b" })).toEqual({ type: "tool", name: "b" });
    expect(chosen({ type: "web_search" })).toEqual({ type: "tool", name: "web_search" });
    const allowed = {
      type: "allowed_tools",
      mode: "required",
      tools: [{ type: "custom", name: "b" }, { type: "web_search" }],
    };
    expect(decode({ tools, tool_choice: allowed })).toMatchObject({
      toolChoice: { type: "required" },
      tools: [{ name: "b" }],
      hostedTools: [{ type: "web_search" }],
    });
    expect(faultOf(() => chosen({ type: "function", name: "z" }))).toEqual(["invalid_request", "tool_choice"]);
    expect(faultOf(() => chosen("any"))).toEqual(["invalid_request", "tool_choice"]);
    expect(faultOf(() => decode({ tool_choice: "required" }))).toEqual(["invalid_request", "tool_choice"]);
  });

  test("schemas keep their digits, also in a namespace, and vendors get no field of ours", () => {
    const schema = '{"type":"object","properties":{"n":{"maximum":9223372036854775807}}}';
    const body = `{"model":"m","input":"Hi","tools":[{"type":"namespace","name":"ns","tools":[{"type":"function","name":"c","parameters":${schema}}]},{"type":"function","name":"d","parameters":${schema}}]}`;
    const call = openaiResponses.open({
      operation: "chat",
      path: "/",
      headers: new Headers(),
      body: Buffer.from(body),
    });
    const encoded = openaiChat.encodeRequest(call.decode(), { model: "m", quirks: {} });
    const text = JSON.stringify(encoded.body);
    expect(text.split(schema)).toHaveLength(3);
    expect(text).not.toContain("parametersJson");
  });

  test("fields that the neutral call does not name are listed by the client's names", () => {
    const request = decode({
      text: { verbosity: "low", format: { type: "text" } },
      reasoning: { effort: "high", summary: "auto" },
      include: ["reasoning.encrypted_content", "file_search_call.results"],
      truncation: "disabled",
      store: true,
      background: false,
      max_tool_calls: 3,
      client_metadata: { a: "b" },
      stream_options: { include_obfuscation: false },
    });
    const { dropped } = openaiChat.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
    expect(dropped.toSorted()).toEqual(["client_metadata", "include", "max_tool_calls", "text.verbosity"]);
  });

  test.each<[object, string]>([
    [{ input: [] }, "input"],
    [{ input: [{ role: "tool", content: "x" }] }, "input[0].role"],
    [{ input: [{ role: "user", content: 5 }] }, "input[0].content"],
    [
      { input: [{ role: "user", content: [{ type: "input_image", image_url: "file:///x" }] }] },
      "input[0].content[0].image_url",
    ],
    [{ input: [{ type: "function_call", name: "f" }] }, "input[0].call_id"],
    [{ tools: [{ type: "function" }] }, "tools[0].name"],
    [{ temperature: 5 }, "temperature"],
    [{ text: { format: { type: "xml" } } }, "text.format.type"],
    [{ top_logprobs: 50 }, "top_logprobs"],
  ])("%j is refused with its place", (body, param) => {
    expect(faultOf(() => decode(body))).toEqual(["invalid_request", param]);
  });
});

test("any request that is encoded and decoded is the same, but for what is listed", () => {
  const words = fc.string({ minLength: 1, unit: "binary" }).map((text) => text.toWellFormed());
  const textPart = fc.record({ type: fc.constant("text" as const), text: words });
  const imagePart = fc.record({
    type: fc.constant("image" as const),
    url: fc.constant("https://e.x/a.png"),
    detail: fc.constantFrom("low", "auto"),
  });
  const refusal = fc.record({ type: fc.constant("refusal" as const), text: words });
  const call = fc.record({
    type: fc.constant("tool-call" as const),
    id: words,
    name: fc.constantFrom("look", "find"),
    arguments: fc.jsonValue().map((value) => JSON.stringify(value)),
  });
  const asked = fc.record({
    role: fc.constantFrom("user" as const, "system" as const, "developer" as const),
    content: fc.array(fc.oneof(textPart, imagePart), { minLength: 1, maxLength: 3 }),
  });
  const answered = fc.record({
    role: fc.constant("assistant" as const),
    content: fc.array(fc.oneof(textPart, refusal, call, words.map(thought)), { minLength: 1, maxLength: 4 }),
  });
  const result = fc.record({
    role: fc.constant("tool" as const),
    toolCallId: words,
    content: fc.array(fc.oneof(textPart, imagePart), { maxLength: 2 }),
  });
  const messages = fc
    .array(fc.oneof(asked, answered, result), { minLength: 1, maxLength: 6 })
    // Neighbours that the model wrote become one turn.
    .map((list) => list.filter(({ role }, at) => role !== "assistant" || list[at - 1]?.role !== "assistant"));
  const request = fc.record({
    messages,
    tools: fc.constantFrom<ToolDefinition[]>(
      [],
      [
        { ...look, strict: false },
        { name: "find", description: "d", parameters: {}, strict: true },
      ],
    ),
    parallelToolCalls: fc.boolean(),
    responseFormat: fc.constantFrom<ChatRequest["responseFormat"]>(
      { type: "text" },
      { type: "json-object" },
      { type: "json-schema", name: "n", schema: { type: "object" }, strict: true, description: "d" },
    ),
    reasoning: fc.constantFrom<ChatRequest["reasoning"]>({}, { effort: "high" }, { enabled: false, effort: "none" }),
    sampling: fc.record({ temperature: fc.constantFrom(0, 1.5), topP: fc.constant(0.5) }, { requiredKeys: [] }),
    maxOutputTokens: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
    topLogprobs: fc.option(fc.nat(20), { nil: undefined }),
    stream: fc.boolean(),
  });
  fc.assert(
    fc.property(request, (change) => {
      const parallelToolCalls = change.tools.length === 0 || change.parallelToolCalls;
      const whole = { ...change, parallelToolCalls, dialect: own };
      const { body, dropped } = encode(whole, "m");
      expect(dropped).toEqual([]);
      const again = decode(body);
      expect(again).toMatchObject(JSON.parse(JSON.stringify({ ...change, parallelToolCalls })) as object);
      expect(again.messages).toEqual(change.messages as ChatMessage[]);
      expect(again.topLogprobs).toBe(change.topLogprobs);
    }),
  );
});
