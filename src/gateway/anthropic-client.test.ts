import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chat,
  chatChunk,
  chatEvents,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  usageEvent,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The official SDK of Anthropic, unmodified, against the running program before a vendor that speaks OpenAI's dialect.

const words = ["Peace ", "be ", "upon ", "you"];

/** An answer of one choice, whole. */
const wholeChoice = (message: object, finish: string): Script =>
  wholeChat("", { choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }] });

const either =
  (whole: Script, stream: Script): Script =>
  (call) =>
    (call.body["stream"] === true ? stream : whole)(call);

const wireCall = (index: number, id: string, name: string, text: string) => ({
  index,
  id,
  type: "function",
  function: { name, arguments: text },
});
const moreOfCall = (index: number, text: string) =>
  chatChunk({ tool_calls: [{ index, function: { arguments: text } }] });

const scripts: Record<string, Script> = {
  text: chat(words),
  refuses: wholeChoice({ content: null, refusal: "I won't" }, "stop"),
  tool: either(
    wholeChoice(
      { content: "Let me look.", tool_calls: [wireCall(0, "call_1", "weather", '{"city":"Riyadh"}')] },
      "tool_calls",
    ),
    streamOf([
      chatChunk({ role: "assistant", content: "Let me look." }),
      chatChunk({ tool_calls: [wireCall(0, "call_1", "weather", "")] }),
      moreOfCall(0, '{"city":'),
      moreOfCall(0, '"Riyadh"}'),
      chatChunk({}, {}, "tool_calls"),
      usageEvent(),
      doneEvent,
    ]),
  ),
  // Both calls are under way at once, and the second is complete before the first.
  parallel: streamOf([
    chatChunk({ role: "assistant", content: null, tool_calls: [wireCall(0, "call_1", "weather", "")] }),
    chatChunk({ tool_calls: [wireCall(1, "call_2", "clock", "")] }),
    moreOfCall(1, '{"zone":'),
    moreOfCall(0, '{"city":'),
    moreOfCall(1, '"AST"}'),
    moreOfCall(0, '"Riyadh"}'),
    chatChunk({}, {}, "tool_calls"),
    usageEvent(),
    doneEvent,
  ]),
  thinks: either(
    wholeChoice({ reasoning_content: "Hm, hm.", content: "Yes." }, "stop"),
    streamOf([
      chatChunk({ role: "assistant", content: null, reasoning_content: "" }),
      chatChunk({ reasoning_content: "Hm, " }),
      chatChunk({ reasoning_content: "hm." }),
      chatChunk({ content: "Yes." }),
      chatChunk({}, {}, "stop"),
      usageEvent(),
      doneEvent,
    ]),
  ),
  "ends-by-length": wholeChoice({ content: "Pea" }, "length"),
  "ends-by-filter": wholeChoice({ content: "" }, "content_filter"),
  "bad-request": () => errorAnswer(400, { message: "too hot", param: "temperature", type: "invalid_request_error" }),
  unauthorised: () => errorAnswer(401, { message: "the words of node gpu-7" }),
  "rate-limited": () => errorAnswer(429, { message: "slow down" }, { "retry-after": "3" }),
  failing: () => errorAnswer(500, { message: "the words of node gpu-7" }),
  "breaks-in-stream": streamOf(chatEvents(["half ", "an "]).slice(0, 3)),
  "fails-in-stream": streamOf([
    ...chatEvents(["half ", "an "]).slice(0, 3),
    `data: ${JSON.stringify({ error: { message: "the words of node gpu-7", type: "server_error" } })}\n\n`,
  ]),
};

let vendor: FakeVendor;
let sahab: TestSahab;
let anthropic: Anthropic;

const client = (apiKey: string, path = "") =>
  new Anthropic({ apiKey, baseURL: sahab.address + path, maxRetries: 0, timeout: 30_000 });

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const price = { currency: "USD", input: 1, cached_input: 0.5, output: 2 };
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
      models: [
        { name: "nano", local: { file: "nano.gguf" } },
        ...Object.keys(scripts).map((name) => ({ name, targets: [{ provider: "fake", model: name }], price })),
      ],
      projects: [{ name: "default" }, { name: "narrow", models: ["text"] }],
    },
  });
  anthropic = client((await sahab.createKey()).key);
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Say something about clouds." }];
const weather: Anthropic.Tool = {
  name: "weather",
  description: "Tells the weather",
  input_schema: {
    type: "object",
    properties: { city: { enum: ["Riyadh", "Jeddah"] }, days: { type: "integer" } },
    required: ["city", "days"],
    additionalProperties: false,
  },
};

function lastCall(model: string) {
  const call = vendor.callsFor(model).at(-1);
  if (!call) throw new Error(`the vendor was not called for ${model}`);
  return call;
}

const textOf = (message: Anthropic.Message) =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("");

describe("models", () => {
  test("are listed and shown in Anthropic's shape", async () => {
    const page = await anthropic.models.list();
    expect(page.data.map((model) => model.id)).toEqual(["nano", ...Object.keys(scripts)]);
    expect(page).toMatchObject({ has_more: false, first_id: "nano" });
    expect(await anthropic.models.retrieve("text")).toMatchObject({ type: "model", id: "text", display_name: "text" });
    const missing = await anthropic.models.retrieve("nothing").catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(NotFoundError);
  });

  test("a project sees its own only", async () => {
    const narrow = client((await sahab.createKey({ project: "narrow" })).key);
    expect((await narrow.models.list()).data.map((model) => model.id)).toEqual(["text"]);
    const refused = await narrow.messages
      .create({ model: "tool", max_tokens: 9, messages })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PermissionDeniedError);
  });
});

/** What newer types of the SDK leave out, and programs send. */
interface Sampling {
  temperature?: number;
  top_p?: number;
}

describe("a vendor that speaks OpenAI's dialect", () => {
  const ask = (model: string, more: Partial<Anthropic.MessageCreateParamsNonStreaming> & Sampling = {}) =>
    anthropic.messages.create({ model, max_tokens: 100, messages, ...more });
  const stream = (model: string, more: Partial<Anthropic.MessageStreamParams> = {}) =>
    anthropic.messages.stream({ model, max_tokens: 100, messages, ...more }).finalMessage();
  // 100 tokens of prompt, 40 of them cached: 60 × 1 + 40 × 0.5 + 20 × 2 = 120 per million.
  const usage = {
    input_tokens: 60,
    cache_read_input_tokens: 40,
    cache_creation_input_tokens: 0,
    output_tokens: 20,
    output_tokens_details: { thinking_tokens: 5 },
  };
  const cost = { cost: "0.00012", cost_currency: "USD" };

  test("text, whole and streamed, with usage and cost", async () => {
    const usages: unknown[] = [];
    const streaming = anthropic.messages
      .stream({ model: "text", max_tokens: 100, messages })
      .on("streamEvent", (event) => {
        if (event.type === "message_delta") usages.push(event.usage);
      });
    for (const message of [await ask("text"), await streaming.finalMessage()]) {
      expect(message.content).toMatchObject([{ type: "text", text: words.join("") }]);
      expect(message).toMatchObject({ role: "assistant", stop_reason: "end_turn", stop_sequence: null });
      expect(message.usage).toMatchObject(usage);
    }
    expect(usages).toEqual([{ ...usage, ...cost }]);
    expect((await ask("text")).usage).toEqual({ ...usage, ...cost } as unknown as Anthropic.Usage);
    await stream("text");
    expect(lastCall("text").path).toBe("/v1/chat/completions");
    expect(lastCall("text").headers.get("authorization")).toBe("Bearer vendor-key");
    expect(lastCall("text").body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    const [record] = await sahab.records();
    expect(record).toMatchObject({
      dialect: "anthropic-messages",
      provider: "fake",
      estimated: false,
      tokens: { input: 100, cached_input: 40, output: 20, reasoning: 5 },
      cost: "0.00012",
    });
  });

  test("the SDK knows the request's id, of answers and of errors, which is that of the record", async () => {
    const { _request_id: id } = await ask("text");
    expect(id).toStartWith("req_");
    expect((await sahab.record(id ?? "")).model).toBe("text");
    const refused = (await ask("failing").catch((error: unknown) => error)) as { requestID?: string };
    expect(refused.requestID).toStartWith("req_");
  });

  test("a path that nothing has is refused in Anthropic's shape", async () => {
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(sahab.address + path, { headers });
      return [response.status, ((await response.json()) as { type?: string }).type];
    };
    expect(await get("/anthropic/v1/nope")).toEqual([404, "error"]);
    expect(await get("/v1/nope", { "anthropic-version": "2023-06-01" })).toEqual([404, "error"]);
    expect(await get("/v1/nope")).toEqual([404, undefined]);
  });

  test("the key may come as a bearer token", async () => {
    const bearer = new Anthropic({
      apiKey: null,
      authToken: anthropic.apiKey,
      baseURL: sahab.address,
      maxRetries: 0,
    });
    expect(textOf(await bearer.messages.create({ model: "text", max_tokens: 9, messages }))).toBe(words.join(""));
  });

  test("what the request says arrives in OpenAI's words", async () => {
    await ask("text", {
      system: [{ type: "text", text: "Be brief." }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
            { type: "image", source: { type: "url", url: "https://example.com/cloud.png" } },
          ],
        },
      ],
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ["END", "."],
      tools: [weather],
      tool_choice: { type: "tool", name: "weather", disable_parallel_tool_use: true },
    });
    expect(lastCall("text").body).toEqual({
      model: "text",
      max_tokens: 100,
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
            { type: "image_url", image_url: { url: "https://example.com/cloud.png" } },
          ],
        },
      ],
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END", "."],
      tools: [
        {
          type: "function",
          function: { name: "weather", description: "Tells the weather", parameters: weather.input_schema },
        },
      ],
      tool_choice: { type: "function", function: { name: "weather" } },
      parallel_tool_calls: false,
    });
  });

  test("tools over two turns: a result keeps the id of its call", async () => {
    for (const message of [await ask("tool", { tools: [weather] }), await stream("tool", { tools: [weather] })]) {
      expect(message.content).toMatchObject([
        { type: "text", text: "Let me look." },
        { type: "tool_use", id: "call_1", name: "weather", input: { city: "Riyadh" } },
      ]);
      expect(message.stop_reason).toBe("tool_use");
      await ask("text", {
        tools: [weather],
        messages: [
          ...messages,
          { role: "assistant", content: message.content },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "It rains." }] },
              { type: "text", text: "So?" },
            ],
          },
        ],
      });
      const [, assistant, ...rest] = lastCall("text").body["messages"] as Record<string, unknown>[];
      expect(assistant).toEqual({
        role: "assistant",
        content: "Let me look.",
        tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Riyadh"}' } }],
      });
      expect(rest).toEqual([
        { role: "tool", tool_call_id: "call_1", content: "It rains." },
        { role: "user", content: "So?" },
      ]);
    }
  });

  test("calls that take turns in the vendor's stream become blocks that follow each other", async () => {
    const seen: string[] = [];
    const final = await anthropic.messages
      .stream({ model: "parallel", max_tokens: 100, messages, tools: [weather] })
      .on("streamEvent", (event) => {
        if (event.type === "content_block_start") seen.push(`start ${event.index}`);
        else if (event.type === "content_block_stop") seen.push(`stop ${event.index}`);
      })
      .finalMessage();
    expect(seen).toEqual(["start 0", "stop 0", "start 1", "stop 1"]);
    expect(final.content).toMatchObject([
      { type: "tool_use", id: "call_1", name: "weather", input: { city: "Riyadh" } },
      { type: "tool_use", id: "call_2", name: "clock", input: { zone: "AST" } },
    ]);
    expect(final.stop_reason).toBe("tool_use");
  });

  test("reasoning comes as thinking blocks and goes back as reasoning_content", async () => {
    for (const message of [await ask("thinks"), await stream("thinks")]) {
      expect(message.content).toMatchObject([
        { type: "thinking", thinking: "Hm, hm.", signature: "" },
        { type: "text", text: "Yes." },
      ]);
      await ask("text", {
        messages: [...messages, { role: "assistant", content: message.content }, { role: "user", content: "Why?" }],
      });
      const [, assistant] = lastCall("text").body["messages"] as Record<string, unknown>[];
      expect(assistant).toEqual({ role: "assistant", reasoning_content: "Hm, hm.", content: "Yes." });
    }
  });

  test("stop reasons", async () => {
    expect((await ask("ends-by-length")).stop_reason).toBe("max_tokens");
    expect((await ask("ends-by-filter")).stop_reason).toBe("refusal");
    expect(textOf(await ask("refuses"))).toBe("I won't");
  });

  test("what OpenAI's dialect can't carry is dropped and listed", async () => {
    const cache_control = { type: "ephemeral" as const };
    const { response } = await anthropic.messages
      .create({
        model: "text",
        max_tokens: 100,
        system: [{ type: "text", text: "Be brief.", cache_control }],
        messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control }] }],
        tools: [
          { ...weather, cache_control },
          { type: "web_search_20250305", name: "web_search" },
        ],
        metadata: { user_id: "u-1" },
      })
      .withResponse();
    expect(response.headers.get("x-sahab-dropped")?.split(",").toSorted()).toEqual([
      "messages[].content[].cache_control",
      "metadata",
      "tools[1]",
      "tools[].cache_control",
    ]);
    const { body, text } = lastCall("text");
    expect(body["tools"]).toHaveLength(1);
    for (const word of ["cache_control", "ephemeral", "metadata", "u-1", "web_search"])
      expect(text).not.toContain(word);
    const plain = await anthropic.messages.create({ model: "text", max_tokens: 100, messages }).withResponse();
    expect(plain.response.headers.get("x-sahab-dropped")).toBeNull();
  });

  test("a document, which would change the answer, is refused by its place", async () => {
    const before = vendor.callsFor("text").length;
    const source = { type: "base64" as const, media_type: "application/pdf" as const, data: "JVBERi0=" };
    const error = (await ask("text", {
      messages: [{ role: "user", content: [{ type: "document", source }] }],
    }).catch((thrown: unknown) => thrown)) as BadRequestError;
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.error).toMatchObject({
      error: { code: "unsupported_parameter", param: "messages[].content[].document" },
    });
    expect(vendor.callsFor("text")).toHaveLength(before);
  });

  test("count_tokens is an estimate, and asks nobody", async () => {
    const before = vendor.calls.length;
    const count = async (text: string) =>
      (await anthropic.messages.countTokens({ model: "text", messages: [{ role: "user", content: text }] }))
        .input_tokens;
    const [short, long] = [await count("Hello"), await count("Hello ".repeat(400))];
    expect(short).toBeGreaterThan(0);
    expect(long).toBeGreaterThan(400);
    expect(long).toBeLessThan(2_400);
    expect(vendor.calls).toHaveLength(before);
  });
});

describe("errors are the SDK's classes, in Anthropic's shape", () => {
  type Class = new (...args: never[]) => Error;
  const cases: [model: string, Class, status: number, type: string, code: string][] = [
    ["bad-request", BadRequestError, 400, "invalid_request_error", "upstream_rejected"],
    // The operator's matter: the client's own key is right.
    ["unauthorised", InternalServerError, 502, "api_error", "upstream_authentication"],
    ["rate-limited", RateLimitError, 429, "rate_limit_error", "upstream_rate_limited"],
    ["failing", InternalServerError, 502, "api_error", "upstream_error"],
    ["unknown", NotFoundError, 404, "not_found_error", "model_not_found"],
  ];
  for (const [model, errorClass, status, type, code] of cases) {
    test(model, async () => {
      for (const stream of [false, true]) {
        const error = (await anthropic.messages
          .create({ model, max_tokens: 9, messages, stream })
          .catch((thrown: unknown) => thrown)) as APIError;
        expect(error).toBeInstanceOf(errorClass);
        expect(error.status).toBe(status);
        expect(error.error).toMatchObject({ type: "error", error: { type, code }, request_id: expect.any(String) });
        expect(error.message).not.toContain("the words of node gpu-7");
        if (status === 400) expect(error.message).toContain("too hot");
        if (status === 429) expect(error.headers?.get("retry-after")).toBe("3");
      }
    });
  }

  test("a wrong key", async () => {
    const error = (await client("sk-sahab-wrong-key-00000000")
      .messages.create({ model: "text", max_tokens: 9, messages })
      .catch((thrown: unknown) => thrown)) as AuthenticationError;
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.error).toMatchObject({ type: "error", error: { type: "authentication_error" } });
  });

  test("a request that lacks what Anthropic demands", async () => {
    const error = (await anthropic.messages
      .create({ model: "text", messages } as unknown as Anthropic.MessageCreateParamsNonStreaming)
      .catch((thrown: unknown) => thrown)) as BadRequestError;
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.error).toMatchObject({ error: { code: "invalid_request", param: "max_tokens" } });
  });

  for (const model of ["breaks-in-stream", "fails-in-stream"]) {
    test(`${model}: the SDK throws in the middle of the loop`, async () => {
      const { data: stream, response } = await anthropic.messages
        .create({ model, max_tokens: 9, messages, stream: true })
        .withResponse();
      let text = "";
      let thrown: unknown;
      const types: string[] = [];
      try {
        for await (const event of stream) {
          types.push(event.type);
          if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
        }
      } catch (error) {
        thrown = error;
      }
      expect(text).toBe("half an ");
      expect(thrown).toBeInstanceOf(APIError);
      expect((thrown as APIError).error).toMatchObject({ type: "error", error: { type: "api_error" } });
      expect((thrown as APIError).message).not.toContain("the words of node gpu-7");
      expect(types).not.toContain("message_stop");
      expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({
        outcome: model === "breaks-in-stream" ? "stream_interrupted" : "upstream_error",
        status: 502,
        estimated: true,
      });
    });
  }
});
