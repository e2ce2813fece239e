import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { APIError, BadRequestError, InternalServerError, RateLimitError } from "openai";
import {
  messageEvent,
  messageEvents,
  messages as answerOf,
  messagesError,
  messagesErrorEvent,
  messagesThinking,
  messagesToolUse,
  messagesUsage,
  messagesWhole,
} from "../testing/fake-anthropic.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The official SDK of OpenAI, unmodified, against the running program with a vendor behind it that speaks Anthropic's Messages.

const words = ["Peace ", "be ", "upon ", "you"];
const textStart = messageEvents([{ type: "text", text: "" }], { words: ["half ", "an "] }).slice(0, 5);

const calls = [
  { id: "toolu_1", name: "weather", input: { city: "Riyadh" } },
  { id: "toolu_2", name: "clock", input: {} },
];

/** A stop reason, whole or streamed. */
const endsBy = (reason: string): Script => {
  const whole = messagesWhole("Pea", { stop_reason: reason });
  const stream = streamOf(messageEvents([{ type: "text", text: "Pea" }], { stop_reason: reason }));
  return (call) => (call.body["stream"] === true ? stream : whole)(call);
};

const scripts: Record<string, Script> = {
  text: answerOf(words),
  declared: answerOf(words),
  "claude-3-haiku-20240307": answerOf(words),
  "claude-3-7-sonnet-20250219": answerOf(words),
  tools: messagesToolUse(calls),
  thinks: messagesThinking("Hm, hm.", "Yes."),
  "refuses-mutely": (call) =>
    call.body["stream"] === true
      ? streamOf(messageEvents([], { stop_reason: "refusal" }))(call)
      : messagesWhole("", { content: [], stop_reason: "refusal" })(call),
  ...Object.fromEntries(
    ["end_turn", "stop_sequence", "max_tokens", "model_context_window_exceeded", "refusal", "pause_turn"].map(
      (reason) => [reason, endsBy(reason)],
    ),
  ),
  slow: streamOf(messageEvents([{ type: "text", text: "" }], { words: Array.from({ length: 400 }, () => "word ") }), {
    paceMs: 10,
  }),
  "bad-request": () => messagesError(400, "invalid_request_error", "messages.1: too odd"),
  "too-long": () => messagesError(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
  "no-model": () => messagesError(404, "not_found_error", "model: text"),
  unauthorised: () => messagesError(401, "authentication_error", "the words of node gpu-7"),
  "rate-limited": () => messagesError(429, "rate_limit_error", "the words of node gpu-7", { "retry-after": "3" }),
  overloaded: () => messagesError(529, "overloaded_error", "the words of node gpu-7"),
  "breaks-in-stream": streamOf(textStart),
  "fails-in-stream": streamOf([...textStart, messagesErrorEvent("overloaded_error", "the words of node gpu-7")]),
  "fails-before-text": streamOf([textStart[0] ?? "", messageEvent({ type: "ping" }), messagesErrorEvent()]),
};

let vendor: FakeVendor;
let sahab: TestSahab;
let openai: OpenAI;

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const price = { currency: "USD", input: 3, cached_input: 0.3, cache_write: 3.75, output: 15 };
  sahab = await runSahab({
    config: {
      providers: [
        { name: "ant", vendor: "anthropic", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "vendor-key" },
      ],
      models: Object.keys(scripts).map((name) => ({
        name,
        targets: [{ provider: "ant", model: name }],
        price,
        ...(name === "declared" && { context: 200_000, output: 3000 }),
      })),
      projects: [{ name: "default" }],
    },
  });
  openai = new OpenAI({ apiKey: (await sahab.createKey()).key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

type Params = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>;
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Hello" }];
const ask = (model: string, more: Params = {}) => openai.chat.completions.create({ model, messages, ...more });
const stream = (model: string, more: Params = {}) =>
  openai.chat.completions.stream({ model, messages, ...more, stream: true }).finalChatCompletion();

/** The request as the vendor of `text` got it. */
async function sent(more: Params, model = "text"): Promise<Record<string, unknown>> {
  await ask(model, more);
  return lastCall(model).body;
}

function lastCall(model: string) {
  const call = vendor.callsFor(model).at(-1);
  if (!call) throw new Error(`the vendor was not called for ${model}`);
  return call;
}

const parameters = { type: "object", properties: { city: { type: "string" } } };
const tool = (name: string): OpenAI.ChatCompletionTool => ({ type: "function", function: { name, parameters } });
const tools = [tool("weather"), tool("clock")];

// 100 tokens of prompt of which 40 were read from the cache and 10 written to it:
// 50 × 3 + 40 × 0.3 + 10 × 3.75 + 20 × 15 = 499.5 per million.
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
  completion_tokens_details: { reasoning_tokens: 0 },
  cost: "0.0004995",
  cost_currency: "USD",
};

describe("answers", () => {
  test("text, whole, with the vendor's counts and the cost", async () => {
    const { data, response } = await openai.chat.completions.create({ model: "text", messages }).withResponse();
    expect(data).toMatchObject({ id: "msg_fake", object: "chat.completion", model: "text" });
    expect(data.choices).toEqual([
      {
        index: 0,
        message: { role: "assistant", content: words.join(""), refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ]);
    expect(data.usage).toEqual(usage as OpenAI.CompletionUsage);
    const { path, headers } = lastCall("text");
    expect(path).toBe("/v1/messages");
    expect(headers.get("x-api-key")).toBe("vendor-key");
    expect(headers.get("authorization")).toBeNull();
    expect(headers.get("anthropic-version")).toBe("2023-06-01");
    expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({
      dialect: "openai-chat",
      provider: "ant",
      estimated: false,
      tokens: { input: 100, cached_input: 40, cache_write: 10, output: messagesUsage.output_tokens },
      cost: usage.cost,
    });
  });

  test("text, streamed, with usage only where it was asked for", async () => {
    for (const include_usage of [true, false]) {
      const chunks = await openai.chat.completions.create({
        model: "text",
        messages,
        stream: true,
        stream_options: { include_usage },
      });
      const texts: string[] = [];
      const usages: unknown[] = [];
      const finishes: unknown[] = [];
      for await (const chunk of chunks) {
        expect(chunk.object).toBe("chat.completion.chunk");
        const [choice] = chunk.choices;
        if (choice?.delta.content) texts.push(choice.delta.content);
        if (choice?.finish_reason) finishes.push(choice.finish_reason);
        if (chunk.usage) usages.push(chunk.usage);
      }
      expect(texts).toEqual(words);
      expect(finishes).toEqual(["stop"]);
      expect(usages).toEqual(include_usage ? [usage] : []);
    }
    expect(lastCall("text").body).toMatchObject({ stream: true });
    expect(lastCall("text").text).not.toContain("stream_options");
  });

  test("parallel tools, whole and streamed, and their results in the next turn", async () => {
    for (const answer of [await ask("tools", { tools }), await stream("tools", { tools })]) {
      const [choice] = answer.choices;
      expect(choice?.finish_reason).toBe("tool_calls");
      const made = (choice?.message.tool_calls ?? []).map((call) =>
        call.type === "function" ? [call.id, call.function.name, JSON.parse(call.function.arguments)] : call,
      );
      expect(made).toEqual(calls.map(({ id, name, input }) => [id, name, input]));
      await ask("text", {
        tools,
        messages: [
          ...messages,
          choice?.message as OpenAI.ChatCompletionMessageParam,
          { role: "tool", tool_call_id: "toolu_1", content: "It rains." },
          { role: "tool", tool_call_id: "toolu_2", content: "Noon." },
          { role: "user", content: "So?" },
        ],
      });
      expect(lastCall("text").body["messages"]).toEqual([
        { role: "user", content: "Hello" },
        { role: "assistant", content: calls.map((call) => ({ type: "tool_use", ...call })) },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: "It rains." },
            { type: "tool_result", tool_use_id: "toolu_2", content: "Noon." },
            { type: "text", text: "So?" },
          ],
        },
      ]);
    }
  });

  test("thinking comes as reasoning_content", async () => {
    const whole = (await ask("thinks", { reasoning_effort: "low" })).choices[0]?.message;
    expect(whole).toMatchObject({ content: "Yes.", reasoning_content: "Hm, hm." });
    const chunks = await openai.chat.completions.create({ model: "thinks", messages, stream: true });
    const deltas: object[] = [];
    for await (const chunk of chunks) deltas.push(chunk.choices[0]?.delta ?? {});
    const of = (key: string) => deltas.map((delta) => (delta as Record<string, string | null>)[key] ?? "").join("");
    expect(of("reasoning_content")).toBe("Hm, hm.");
    expect(of("content")).toBe("Yes.");
    expect(JSON.stringify(deltas)).not.toContain("c2lnbmVk");
  });

  const finishReasons: Record<string, string> = {
    end_turn: "stop",
    stop_sequence: "stop",
    max_tokens: "length",
    model_context_window_exceeded: "length",
    refusal: "content_filter",
    "refuses-mutely": "content_filter",
    pause_turn: "length",
  };
  for (const [reason, finish] of Object.entries(finishReasons)) {
    test(`${reason} is told as ${finish}`, async () => {
      const whole: string | undefined = (await ask(reason)).choices[0]?.finish_reason;
      expect(whole).toBe(finish);
      const chunks = await openai.chat.completions.create({ model: reason, messages, stream: true });
      const finishes: unknown[] = [];
      for await (const chunk of chunks)
        finishes.push(...chunk.choices.map((choice) => choice.finish_reason).filter((found) => found !== null));
      expect(finishes).toEqual([finish]);
    });
  }
});

describe("requests in Anthropic's words", () => {
  test("the least there is: the bound that Anthropic demands is added", async () => {
    expect(await sent({})).toEqual({ model: "text", max_tokens: 8192, messages: [{ role: "user", content: "Hello" }] });
    expect(await sent({ max_tokens: 7 })).toMatchObject({ max_tokens: 7 });
    expect(await sent({ max_completion_tokens: 8 })).toMatchObject({ max_tokens: 8 });
  });

  test("that bound is what the model can, within a tenth of its context", async () => {
    // 4,096 tokens in an answer; 64,000, with a context of 200,000.
    expect(await sent({}, "claude-3-haiku-20240307")).toMatchObject({ max_tokens: 4096 });
    const sonnet = "claude-3-7-sonnet-20250219";
    expect(await sent({}, sonnet)).toMatchObject({ max_tokens: 20_000 });
    expect(await sent({ max_tokens: 64_000 }, sonnet)).toMatchObject({ max_tokens: 64_000 });
    expect(await sent({}, "declared")).toMatchObject({ max_tokens: 3000 });
  });

  test("a system that begins leads, and what it says later is the user's, marked and in its place", async () => {
    const body = await sent({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
        { role: "developer", content: "Be kind." },
        { role: "user", content: "Well?" },
      ],
    });
    expect(body["system"]).toBe("Be brief.");
    // Neighbours of one role become one turn.
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: ["Hi", "<system-reminder>\n", "Be kind.", "\n</system-reminder>", "Well?"].map((text) => ({
          type: "text",
          text,
        })),
      },
    ]);
  });

  test("images", async () => {
    const image = (url: string) => ({ type: "image_url" as const, image_url: { url } });
    const body = await sent({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            image("data:image/png;base64,iVBORw0KGgo="),
            image("https://example.com/cloud.png"),
          ],
        },
      ],
    });
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
          { type: "image", source: { type: "url", url: "https://example.com/cloud.png" } },
        ],
      },
    ]);
  });

  test("stop texts, sampling, tools and their choice", async () => {
    expect(await sent({ stop: "END" })).toMatchObject({ stop_sequences: ["END"] });
    expect(await sent({ stop: ["a", "b"], temperature: 0.5 })).toMatchObject({
      stop_sequences: ["a", "b"],
      temperature: 0.5,
    });
    expect(await sent({ tools, parallel_tool_calls: false })).toMatchObject({
      tools: [
        { name: "weather", input_schema: parameters },
        { name: "clock", input_schema: parameters },
      ],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(await sent({ tools, tool_choice: "required" })).toMatchObject({ tool_choice: { type: "any" } });
    const named = { type: "function" as const, function: { name: "clock" } };
    expect(await sent({ tools, tool_choice: named })).toMatchObject({ tool_choice: { type: "tool", name: "clock" } });
  });

  test("OpenRouter's object of reasoning means the same, and what has no place is named", async () => {
    const reasoning = (fields: object) => ({ max_tokens: 9000, reasoning: fields }) as Params;
    expect(await sent(reasoning({ max_tokens: 2000 }))).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 2000 },
    });
    expect(await sent(reasoning({ enabled: false }))).toMatchObject({ thinking: { type: "disabled" } });
    expect((await sent(reasoning({ effort: "high" })))["thinking"]).toEqual(
      (await sent({ max_tokens: 9000, reasoning_effort: "high" }))["thinking"],
    );
    const given = reasoning({ max_tokens: 50, exclude: true });
    const { response } = await ask("text", given).withResponse();
    expect(response.headers.get("x-sahab-dropped")).toBe("reasoning.exclude,reasoning.max_tokens");
  });

  test("an effort becomes a budget of thinking below the bound", async () => {
    const body = await sent({ reasoning_effort: "medium", max_tokens: 6_000 });
    expect(body["thinking"]).toEqual({ type: "enabled", budget_tokens: 3_000 });
    expect(await sent({ reasoning_effort: "low" })).toMatchObject({
      max_tokens: 8192,
      thinking: { type: "enabled", budget_tokens: 2_048 },
    });
    expect(await sent({ reasoning_effort: "none" })).toMatchObject({ thinking: { type: "disabled" } });
  });

  test("a JSON schema", async () => {
    const schema = { type: "object", properties: { answer: { type: "integer" } }, required: ["answer"] };
    const body = await sent({
      response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
    });
    expect(body["output_config"]).toEqual({ format: { type: "json_schema", schema } });
  });

  test("what would change little is dropped and listed", async () => {
    const { response } = await openai.chat.completions
      .create({
        model: "text",
        messages: [{ role: "user", content: "Hi", name: "ada" }],
        seed: 7,
        frequency_penalty: 0.5,
        presence_penalty: 0.5,
        logit_bias: { "300": 1 },
        user: "u-1",
      })
      .withResponse();
    expect(response.headers.get("x-sahab-dropped")?.split(",").toSorted()).toEqual([
      "frequency_penalty",
      "logit_bias",
      "messages[].name",
      "presence_penalty",
      "seed",
      "user",
    ]);
    expect(Object.keys(lastCall("text").body).toSorted()).toEqual(["max_tokens", "messages", "model"]);
  });
});

describe("what would be another answer is refused by name", () => {
  const refused: [param: string, Params][] = [
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["response_format", { response_format: { type: "json_object" } }],
  ];
  for (const [param, fields] of refused) {
    test(param, async () => {
      const before = vendor.calls.length;
      for (const stream of [false, true]) {
        const error = (await openai.chat.completions
          .create({ model: "text", messages, ...fields, stream })
          .catch((thrown: unknown) => thrown)) as BadRequestError;
        expect(error).toBeInstanceOf(BadRequestError);
        expect(error).toMatchObject({ status: 400, code: "unsupported_parameter", param });
      }
      expect(vendor.calls).toHaveLength(before);
    });
  }

  test("operations that Anthropic has not", async () => {
    for (const call of [
      () => openai.embeddings.create({ model: "text", input: "a" }),
      () => openai.completions.create({ model: "text", prompt: "a" }),
    ]) {
      const error = (await call().catch((thrown: unknown) => thrown)) as BadRequestError;
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error.code).toBe("unsupported_operation");
      expect(error.message).toContain("ant");
    }
  });
});

test("a client that leaves: the vendor is told, and the record holds what went through", async () => {
  const { data: chunks, response } = await openai.chat.completions
    .create({ model: "slow", messages, stream: true })
    .withResponse();
  let seen = 0;
  for await (const _ of chunks) if (++seen === 100) break; // leaving the loop aborts the request
  const leftMs = Date.now();
  const abortedMs = await eventually("the abort at the vendor", () => lastCall("slow").abortedMs);
  expect(abortedMs - leftMs).toBeLessThan(4_000);
  const record = await sahab.record(response.headers.get("x-request-id"));
  // The prompt was counted by the vendor at once; what it said until then is an estimate.
  expect(record).toMatchObject({
    status: 499,
    outcome: "client_closed_request",
    estimated: true,
    tokens: { input: 100, cached_input: 40, cache_write: 10 },
  });
  expect(record.tokens.output).toBeGreaterThan(50);
  expect(record.tokens.output).toBeLessThan(300);
});

describe("errors are the SDK's classes, with our code", () => {
  type Class = new (...args: never[]) => Error;
  const cases: [model: string, Class, status: number, code: string, vendorCode: string][] = [
    ["bad-request", BadRequestError, 400, "upstream_rejected", "invalid_request_error"],
    ["too-long", BadRequestError, 400, "context_length_exceeded", "invalid_request_error"],
    ["no-model", InternalServerError, 502, "upstream_model_not_found", "not_found_error"],
    ["unauthorised", InternalServerError, 502, "upstream_authentication", "authentication_error"],
    ["rate-limited", RateLimitError, 429, "upstream_rate_limited", "rate_limit_error"],
    ["overloaded", InternalServerError, 502, "upstream_error", "overloaded_error"],
    ["fails-before-text", InternalServerError, 502, "upstream_error", "overloaded_error"],
  ];
  for (const [model, errorClass, status, code, vendorCode] of cases) {
    test(model, async () => {
      const error = (await openai.chat.completions
        .create({ model, messages, stream: true })
        .catch((thrown: unknown) => thrown)) as APIError;
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({ status, code });
      expect(error.error).toMatchObject({ vendor_code: vendorCode });
      expect(error.message).not.toContain("the words of node gpu-7");
      if (model === "bad-request") expect(error.message).toContain("messages.1: too odd");
      if (status === 429) expect(error.headers?.get("retry-after")).toBe("3");
    });
  }

  for (const model of ["breaks-in-stream", "fails-in-stream"]) {
    test(`${model}: the SDK throws in the middle of the loop`, async () => {
      const chunks = await openai.chat.completions.create({ model, messages, stream: true });
      let text = "";
      let thrown: unknown;
      try {
        for await (const chunk of chunks) {
          text += chunk.choices[0]?.delta.content ?? "";
          expect(chunk.choices[0]?.finish_reason ?? null).toBeNull();
        }
      } catch (error) {
        thrown = error;
      }
      expect(text).toBe("half an ");
      expect(thrown).toBeInstanceOf(APIError);
      const code = model === "breaks-in-stream" ? "stream_interrupted" : "upstream_error";
      expect(thrown).toMatchObject({ code });
      expect((thrown as APIError).message).not.toContain("the words of node gpu-7");
    });
  }
});
