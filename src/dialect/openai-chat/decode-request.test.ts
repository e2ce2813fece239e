import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import { findDropped, type ChatRequest } from "../../call/index.ts";
import type { Quirks } from "../dialect.ts";
import { plainRequest } from "../fixtures.ts";
import { decodeChatRequest } from "./decode-request.ts";
import { encodeChatRequest, encodeRequest } from "./encode-request.ts";

const hello = [{ role: "user", content: "hello" }];

function problem(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SahabError) return `${error.code} ${error.param}: ${error.message}`;
    throw error;
  }
  return "nothing thrown";
}

const chat = (fields: object) => decodeChatRequest({ model: "m", messages: hello, ...fields });
/** Through JSON, as on the wire. */
const overWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const dialect = "openai-chat";

const plain: ChatRequest = {
  ...plainRequest,
  messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
};

const full: ChatRequest = {
  dialect,
  model: "deepseek-flash",
  messages: [
    { role: "system", content: [{ type: "text", text: "Be brief" }], name: "boss" },
    {
      role: "developer",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b", cache: { type: "ephemeral" }, extensions: { citations: true } },
      ],
    },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image", url: "https://example.com/a.png", detail: "low" },
        { type: "image", url: "data:image/png;base64,AAAA" },
        { type: "other", value: { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } } },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "" },
        { type: "tool-call", id: "call_1", name: "look", arguments: '{"at":"云"' },
      ],
    },
    { role: "tool", content: [{ type: "text", text: "" }], toolCallId: "call_1" },
    {
      role: "assistant",
      content: [
        { type: "text", text: "No" },
        { type: "refusal", text: "I will not" },
      ],
      extensions: { prefix: true },
    },
  ],
  tools: [
    { name: "look", description: "Looks", parameters: { type: "object", properties: {} }, strict: true },
    { name: "stop" },
  ],
  hostedTools: [],
  toolChoice: { type: "tool", name: "look" },
  parallelToolCalls: false,
  responseFormat: { type: "json-schema", name: "out", schema: { type: "object" }, strict: true, description: "d" },
  reasoning: { effort: "high" },
  sampling: {
    temperature: 0,
    topP: 0.5,
    topK: -1,
    minP: 0.1,
    seed: -3,
    frequencyPenalty: -2,
    presencePenalty: 2,
    repeatPenalty: 1.1,
  },
  maxOutputTokens: 7,
  stop: ["a", "b"],
  choiceCount: 3,
  topLogprobs: 5,
  stream: true,
  streamUsage: true,
  extensions: { user: "u", thinking: { type: "disabled" }, stream_options: { chunk_include_usage: true } },
};

describe("chat requests", () => {
  test("a penalty out of range is refused by the name that it came under", () => {
    for (const param of ["repetition_penalty", "repeat_penalty"]) {
      const body = { model: "m", messages: [{ role: "user", content: "Hi" }], [param]: 0 };
      expect(() => decodeChatRequest(body)).toThrow(expect.objectContaining({ param }));
    }
  });

  test("defaults", () => expect(chat({})).toEqual(plain));

  test("null counts as absent", () => {
    const fields = {
      temperature: null,
      stop: null,
      tools: null,
      n: null,
      stream: null,
      stream_options: null,
      response_format: null,
      tool_choice: null,
      max_tokens: null,
      logprobs: null,
    };
    expect(chat(fields)).toEqual(plain);
  });

  const variants: ChatRequest[] = [
    plain,
    full,
    { ...full, toolChoice: { type: "required" }, responseFormat: { type: "json-object" }, topLogprobs: 0 },
    { ...full, toolChoice: { type: "none" }, reasoning: { enabled: false, effort: "none" } },
  ];
  test.each(variants.map((request, index) => [index, request] as const))(
    "decode(encode(request)) is the request (%p)",
    (_, request) => {
      expect(decodeChatRequest(overWire(encodeChatRequest(request)))).toEqual(request);
      const options = { maxTokensField: "max_completion_tokens", repeatPenaltyField: "repeat_penalty" } as const;
      expect(decodeChatRequest(overWire(encodeChatRequest(request, options)))).toEqual(request);
    },
  );

  describe("OpenRouter's object reasoning", () => {
    const asked = (reasoning: unknown, more: object = {}) => {
      const request = chat({ reasoning, ...more });
      return [request.reasoning, request.extensions];
    };
    test.each<[object, object, object]>([
      [{ effort: "high" }, { effort: "high" }, {}],
      [{ effort: "none" }, { enabled: false, effort: "none" }, {}],
      [{ max_tokens: 2000 }, { enabled: true, budgetTokens: 2000 }, {}],
      [{ enabled: true }, { enabled: true }, {}],
      [{ enabled: false, max_tokens: 2000 }, { enabled: false, budgetTokens: 2000 }, {}],
      [{ effort: "low", max_tokens: null, enabled: true }, { enabled: true, effort: "low" }, {}],
      [{ effort: "low", exclude: false }, { effort: "low" }, {}],
      [{ effort: "low", exclude: true }, { effort: "low" }, { reasoning: { exclude: true } }],
      [{ effort: "low", summary: "auto" }, { effort: "low" }, { reasoning: { summary: "auto" } }],
    ])("%j means what it says", (reasoning, expected, rest) => {
      expect(asked(reasoning)).toEqual([expected, rest]);
    });

    test.each<[unknown]>([
      ["high"],
      [["high"]],
      [true],
      [{}],
      [{ effort: 3 }],
      [{ effort: "high", max_tokens: "many" }],
      [{ max_tokens: 0 }],
      [{ max_tokens: 1.5 }],
      [{ max_tokens: 100_000_001 }],
      [{ enabled: "yes" }],
      [{ exclude: true }],
    ])("%j is of no known form, and stays as it is", (reasoning) => {
      expect(asked(reasoning)).toEqual([{}, { reasoning }]);
    });

    test("reasoning_effort comes first, but for null", () => {
      const both = { effort: "low" };
      expect(asked(both, { reasoning_effort: "high" })).toEqual([{ effort: "high" }, { reasoning: both }]);
      expect(asked(both, { reasoning_effort: null })).toEqual([{ effort: "low" }, {}]);
    });

    test("what is not carried is told under its names", () => {
      const listed = (reasoning: object) => {
        const request = chat({ reasoning });
        return findDropped(request, { api: "tests", lacks: new Set(["reasoning-budget", "idle-effort"]) }).list;
      };
      expect(listed({ max_tokens: 2000, exclude: true })).toEqual(["reasoning.exclude", "reasoning.max_tokens"]);
      expect(listed({ effort: "high", enabled: false })).toEqual(["reasoning.effort"]);
      expect(listed({ max_tokens: "many" })).toEqual(["reasoning.max_tokens"]);
    });
  });

  test("what vendors need not know is not sent", () => {
    expect(encodeChatRequest(plain)).toEqual({ model: "m", messages: hello });
  });

  test("a stream always asks for usage", () => {
    const request: ChatRequest = { ...plain, stream: true };
    expect(encodeChatRequest(request)).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    const extensions = { stream_options: { include_obfuscation: false } };
    expect(encodeChatRequest({ ...request, extensions })).toMatchObject({
      stream_options: { include_obfuscation: false, include_usage: true },
    });
  });

  test("the parts of an assistant's turn come in the order in which models write", () => {
    const { messages } = chat({
      messages: [
        {
          role: "assistant",
          refusal: "no",
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "" } }],
          content: "b",
          reasoning_content: "c",
        },
      ],
    });
    expect(messages[0]?.content.map((part) => part.type)).toEqual(["reasoning", "text", "refusal", "tool-call"]);
  });

  test.each(["system", "user", "assistant", "tool"])(
    "no content of role %s is empty, however it is written",
    (role) => {
      for (const content of [undefined, null, []]) {
        const { messages } = chat({ messages: [{ role, content, tool_call_id: "c" }] });
        expect(messages[0]).toMatchObject({ role, content: [] });
      }
    },
  );

  test("arguments as an object are read as its JSON, and none as none", () => {
    const call = (args: unknown) => ({ id: "a", type: "function", function: { name: "f", arguments: args } });
    const { messages } = chat({
      messages: [{ role: "assistant", tool_calls: [call({ a: 1 }), call(null), { id: "b", function: { name: "f" } }] }],
    });
    expect(messages[0]?.content).toMatchObject([{ arguments: '{"a":1}' }, { arguments: "" }, { arguments: "" }]);
  });

  test("calls without ids, and results that do not say which they answer, get ids that agree", () => {
    const call = { type: "function", function: { name: "f", arguments: "{}" } };
    const { messages } = chat({
      messages: [
        ...hello,
        { role: "assistant", tool_calls: [call, { id: "own", ...call }, call] },
        { role: "tool", content: "1" },
        { role: "tool", content: "2" },
        { role: "tool", content: "3" },
        { role: "assistant", tool_calls: [call] },
        { role: "tool", content: "4" },
      ],
    });
    const ids = messages.flatMap(({ content }) =>
      content.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])),
    );
    expect(ids[1]).toBe("own");
    expect(new Set(ids).size).toBe(4);
    expect(messages.flatMap(({ toolCallId }) => toolCallId ?? [])).toEqual(ids);
  });

  test("the newer token limit counts", () => {
    expect(chat({ max_tokens: 5, max_completion_tokens: 6 }).maxOutputTokens).toBe(6);
    expect(chat({ max_tokens: 5 }).maxOutputTokens).toBe(5);
  });

  test("-1 is no token limit, wherever it is; a limit beyond any model's is left to the model", () => {
    for (const field of ["max_tokens", "max_completion_tokens"]) {
      expect(chat({ [field]: -1 }).maxOutputTokens).toBeUndefined();
      expect(chat({ [field]: 1_000_000_000 }).maxOutputTokens).toBe(1_000_000_000);
    }
    expect(chat({ max_completion_tokens: -1, max_tokens: 5 }).maxOutputTokens).toBeUndefined();
    expect(chat({ max_completion_tokens: null, max_tokens: 5 }).maxOutputTokens).toBe(5);
  });

  test("no tools is as good as none", () =>
    expect(chat({ tools: [], tool_choice: null, parallel_tool_calls: true })).toEqual(plain));

  test("a schema that is no object allows any arguments, unless the tool is strict", () => {
    for (const parameters of [[], "{}", true])
      expect(chat({ tools: [{ type: "function", function: { name: "f", parameters } }] }).tools).toEqual([
        { name: "f", parameters: { type: "object" } },
      ]);
  });

  test("stop as one string", () => expect(chat({ stop: "x" }).stop).toEqual(["x"]));

  test("a key named __proto__ travels and pollutes nothing", () => {
    const request = decodeChatRequest(
      JSON.parse(
        '{"model":"m","messages":[{"role":"user","content":"a","__proto__":{"x":1}}],"__proto__":{"stream":true}}',
      ),
    );
    expect(request.stream).toBe(false);
    expect(Object.keys(request.extensions)).toEqual(["__proto__"]);
    expect(JSON.stringify(encodeChatRequest(request))).toContain('"__proto__":{"x":1}');
    expect(({} as Record<string, unknown>)["stream"]).toBeUndefined();
  });

  test("legacy functions become tools", () => {
    const request = decodeChatRequest({
      model: "m",
      messages: [
        ...hello,
        { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
        { role: "function", name: "f", content: "1" },
      ],
      functions: [{ name: "f", parameters: { type: "object" } }],
      function_call: { name: "f" },
    });
    expect(request.tools).toEqual([{ name: "f", parameters: { type: "object" } }]);
    expect(request.toolChoice).toEqual({ type: "tool", name: "f" });
    expect(request.parallelToolCalls).toBe(false);
    const [, call, answer] = request.messages;
    expect(call?.content).toEqual([{ type: "tool-call", id: "call_legacy_1", name: "f", arguments: "{}" }]);
    expect(answer).toMatchObject({ role: "tool", toolCallId: "call_legacy_1" });
  });

  const tool = { type: "function", function: { name: "f" } };
  test.each<[object, string]>([
    [{ model: 5 }, "invalid_request model: model: expected a string, found number"],
    [{ model: "" }, "model: expected 1 to 256 characters, found 0"],
    [{ messages: [] }, "messages: expected at least one message, found none"],
    [{ messages: "hi" }, "messages: expected an array, found string"],
    [{ messages: [...hello, 5] }, "messages[1]: expected an object, found number"],
    [
      { messages: [...hello, ...hello, ...hello, { role: "user", content: 5 }] },
      "invalid_request messages[3].content: messages[3].content: expected a string or an array of parts, found number",
    ],
    [
      { messages: [{ role: "king", content: "" }] },
      'messages[0].role: expected one of system, developer, user, assistant, tool, found "king"',
    ],
    [
      { messages: [{ content: "" }] },
      "messages[0].role: expected one of system, developer, user, assistant, tool, found nothing",
    ],
    [
      { messages: [{ role: "user", content: [{ type: "text" }] }] },
      "messages[0].content[0].text: expected a string, found nothing",
    ],
    [
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }] }] },
      "messages[0].content[0].image_url.url: expected an http, https or data URL",
    ],
    [{ messages: [{ role: "tool", content: "" }] }, "messages[0].tool_call_id: expected a string, found nothing"],
    [
      { messages: [{ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: [] } }] }] },
      "messages[0].tool_calls[0].function.arguments: expected a string with JSON, or an object, found array",
    ],
    [{ temperature: 2.1 }, "temperature: expected a number from 0 to 2, found 2.1"],
    [{ temperature: "1" }, "temperature: expected a number from 0 to 2, found string"],
    [{ top_p: -0.1 }, "top_p: expected a number from 0 to 1"],
    [{ presence_penalty: 3 }, "presence_penalty: expected a number from -2 to 2"],
    [{ logprobs: true, top_logprobs: 21 }, "top_logprobs: expected a whole number from 0 to 20, found 21"],
    [{ top_logprobs: 1 }, "top_logprobs: allowed only with logprobs: true"],
    [{ n: 0 }, "n: expected a whole number from 1 to 128, found 0"],
    [{ max_tokens: 0 }, "max_tokens: expected a whole number of at least 1, or -1 for no limit, found"],
    [{ max_completion_tokens: 1.5 }, "max_completion_tokens: expected a whole number"],
    [{ stop: 5 }, "stop: expected a string or an array of strings, found number"],
    [{ stop: ["a", ""] }, "stop[1]: an empty string would stop every answer at once"],
    [{ stop: Array.from({ length: 17 }, () => "a") }, "stop: at most 16 elements are allowed, found 17"],
    [{ stream: "true" }, "stream: expected a boolean, found string"],
    [{ stream_options: { include_usage: 1 } }, "stream_options.include_usage: expected a boolean, found number"],
    [{ tools: [{ type: 5 }] }, "tools[0].type: expected a string, found number"],
    [
      { tools: [tool], tool_choice: { type: "mcp", server_label: "f" } },
      'unsupported_parameter tool_choice.type: tool_choice.type: expected "function" or "custom", found "mcp"',
    ],
    [
      { tools: [{ type: "function", function: { name: "f", parameters: [], strict: true } }] },
      "tools[0].function.parameters: expected an object, found array",
    ],
    [{ tools: [], tool_choice: "required" }, "tool_choice: allowed only with tools"],
    [
      { max_tokens: 2 ** 53 },
      "max_tokens: expected at most 9007199254740991, or -1 for no limit, found 9007199254740992",
    ],
    [{ max_tokens: "16" }, "max_tokens: expected a whole number of at least 1, or -1 for no limit, found string"],
    [{ max_tokens: -2 }, "max_tokens: expected a whole number of at least 1, or -1 for no limit, found"],
    [{ tools: [{ type: "function", function: {} }] }, "tools[0].function.name: expected a string, found nothing"],
    [{ tool_choice: "required" }, "tool_choice: allowed only with tools"],
    [
      { tools: [tool], tool_choice: { type: "function", function: { name: "g" } } },
      'tool_choice: no tool is named "g"',
    ],
    [
      { response_format: { type: "xml" } },
      'response_format.type: expected "text", "json_object" or "json_schema", found "xml"',
    ],
    [
      { response_format: { type: "json_schema", json_schema: { name: "a", schema: [] } } },
      "response_format.json_schema.schema: expected an object, found array",
    ],
  ])("refuses %j", (fields, message) => expect(problem(() => chat(fields))).toContain(message));

  test.each([[undefined], [null], [[]], ["x"], [5]])("refuses the body %p", (...[body]) => {
    expect(problem(() => decodeChatRequest(body))).toStartWith("invalid_request body: body: expected an object");
  });
});

describe("chat requests of another dialect", () => {
  const foreign: ChatRequest = {
    ...plain,
    dialect: "anthropic-messages",
    messages: [
      {
        role: "user",
        content: [{ type: "text", text: "a", cache: { type: "ephemeral" }, extensions: { citations: [] } }],
        extensions: { x: 1 },
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm", signature: { value: "s", origin: "anthropic-messages" } },
          {
            type: "reasoning",
            text: "",
            signature: { value: "secret", origin: "anthropic-messages", isRedacted: true },
          },
          { type: "tool-call", id: "t", name: "f", arguments: "{}" },
        ],
      },
      {
        role: "tool",
        toolCallId: "t",
        isError: true,
        content: [
          { type: "text", text: "see" },
          { type: "image", url: "data:image/png;base64,AAAA" },
        ],
      },
    ],
    tools: [{ name: "f", cache: { type: "ephemeral" } }],
    hostedTools: [{ index: 1, type: "web_search_20250305", value: {} }],
    reasoning: { enabled: true, budgetTokens: 4096 },
    extensions: { metadata: { user_id: "u" }, stream_options: { a: 1 } },
  };
  const encode = (request: ChatRequest, quirks = {}) =>
    encodeRequest({ operation: "chat", request }, { model: "vendor-model", quirks });

  test("what this one can't carry is dropped and listed", () => {
    const { body, dropped } = encode(foreign);
    expect(body).toEqual({
      model: "vendor-model",
      messages: [
        { role: "user", content: "a" },
        {
          role: "assistant",
          content: null,
          reasoning_content: "hm",
          tool_calls: [{ id: "t", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "t", content: "see" },
        { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
      ],
      tools: [{ type: "function", function: { name: "f" } }],
      reasoning_effort: "medium",
    });
    expect(dropped.toSorted()).toEqual([
      "messages[].content[].cache_control",
      "messages[].content[].citations",
      "messages[].content[].data",
      "messages[].content[].is_error",
      "messages[].content[].signature",
      "messages[].x",
      "metadata",
      "stream_options.a",
      "thinking.budget_tokens",
      "tools[1]",
      "tools[].cache_control",
    ]);
  });

  test("cache markers go to vendors that take them", () => {
    const { body, dropped } = encode(foreign, { takesCacheMarkers: true });
    expect(body["messages"]).toContainEqual({
      role: "user",
      content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }],
    });
    expect(body["tools"]).toMatchObject([{ cache_control: { type: "ephemeral" } }]);
    expect(dropped.join()).not.toContain("cache_control");
  });

  test("of other dialects' sampling a vendor gets what it takes, and the rest is dropped and listed; a client of this one is told by the vendor", () => {
    const sampling = { temperature: 0.5, topK: 64, minP: 0.1, repeatPenalty: 1.1 };
    const asSent = { top_k: 64, min_p: 0.1, repetition_penalty: 1.1 };
    const { body, dropped } = encode({ ...foreign, sampling });
    expect(body).toMatchObject({ temperature: 0.5 });
    for (const name of Object.keys(asSent))
      expect([name, body[name], dropped.includes(name)]).toEqual([name, undefined, true]);
    const some = encode({ ...foreign, sampling }, { takesSampling: ["topK"] } satisfies Quirks);
    expect(some.body).toMatchObject({ temperature: 0.5, top_k: 64 });
    expect(some.body["min_p"]).toBeUndefined();
    expect(some.dropped.filter((name) => name in asSent)).toEqual(["min_p", "repetition_penalty"]);
    const own = encode({ ...plain, sampling });
    expect(own).toMatchObject({ body: { temperature: 0.5, ...asSent }, dropped: [] });
  });

  test("media of another dialect are refused by name, its other parts are dropped", () => {
    const withPart = (type: string): ChatRequest => ({
      ...foreign,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "other", value: { type } },
          ],
        },
      ],
    });
    expect(problem(() => encode(withPart("document")))).toStartWith(
      "unsupported_parameter messages[].content[].document",
    );
    const { body, dropped } = encode(withPart("search_result"));
    expect(body["messages"]).toEqual([{ role: "user", content: "a" }]);
    expect(dropped).toContain("messages[].content[].search_result");
  });

  test("a request of which nothing can be said is refused; a count of tokens has no place here", () => {
    const value = { type: "search_result" };
    const messages: ChatRequest["messages"] = [{ role: "user", content: [{ type: "other", value }] }];
    expect(problem(() => encode({ ...foreign, messages }))).toStartWith("invalid_request messages");
    const count = () => encodeRequest({ operation: "token-count", request: plain }, { model: "m", quirks: {} });
    expect(problem(count)).toStartWith("unsupported_operation");
  });
});
