import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "openai";
import { eventually } from "../testing/eventually.ts";
import {
  chat,
  chatChunk,
  chatEvents,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  usageEvent,
  vendorUsage,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The official SDK, unmodified, against the running program with a vendor behind it.

const toolCall = { id: "call_1", type: "function", function: { name: "look_up", arguments: '{"city":"Riyadh"}' } };

const scripts: Record<string, Script> = {
  chat: chat(["Peace ", "be ", "upon ", "you"]),
  tools: (call) =>
    call.body["stream"] === true
      ? streamOf([
          chatChunk({
            role: "assistant",
            content: null,
            tool_calls: [{ index: 0, ...toolCall, function: { name: "look_up", arguments: "" } }],
          }),
          chatChunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
          chatChunk({ tool_calls: [{ index: 0, function: { arguments: '"Riyadh"}' } }] }),
          chatChunk({}, {}, "tool_calls"),
          usageEvent(),
          doneEvent,
        ])(call)
      : wholeChat("", {
          choices: [
            {
              index: 0,
              message: { role: "assistant", content: null, refusal: null, tool_calls: [toolCall] },
              logprobs: null,
              finish_reason: "tool_calls",
            },
          ],
        })(call),
  json: wholeChat('{"answer":42}'),
  slow: streamOf([...chatEvents(Array.from({ length: 500 }, (_, i) => `word${i} `)), doneEvent], { paceMs: 20 }),
  "slow-whole": async (call) => {
    for (let i = 0; i < 500 && call.abortedMs === undefined; i++) await Bun.sleep(20);
    return wholeChat("late")(call);
  },
  embed: (call) => {
    const inputs = call.body["input"] as string[];
    const vector = new Float32Array([0.25, -1, 3]);
    const base64 = Buffer.from(vector.buffer).toString("base64");
    return Response.json({
      object: "list",
      data: inputs.map((_, index) => ({
        object: "embedding",
        index,
        embedding: call.body["encoding_format"] === "base64" ? base64 : [...vector],
      })),
      model: "embed",
      usage: { prompt_tokens: 8, total_tokens: 8 },
    });
  },
  legacy: (call) => {
    const part = (text: string, finish: string | null) => ({
      id: "cmpl-1",
      object: "text_completion",
      created: 1,
      model: "legacy",
      choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
    });
    if (call.body["stream"] !== true) return Response.json({ ...part("once upon", "length"), usage: vendorUsage });
    return streamOf([
      ...[part("once ", null), part("upon", "length")].map((data) => `data: ${JSON.stringify(data)}\n\n`),
      `data: ${JSON.stringify({ ...part("", null), choices: [], usage: vendorUsage })}\n\n`,
      doneEvent,
    ])(call);
  },
  "bad-request": () => errorAnswer(400, { message: "too hot", param: "temperature" }),
  "rate-limited": () => errorAnswer(429, { message: "slow down" }, { "retry-after": "3" }),
  failing: () => errorAnswer(503, { message: "busy" }),
  "breaks-in-stream": streamOf(chatEvents(["half ", "an "]).slice(0, 3)),
  private: chat(["secret"]),
};

let vendor: FakeVendor;
let sahab: TestSahab;
let openai: OpenAI;
let restricted: OpenAI;

const client = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${sahab.address}/v1`, maxRetries: 0 });

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const price = { currency: "USD", input: 1, output: 2 };
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
      models: Object.keys(scripts).map((name) => ({ name, targets: [{ provider: "fake", model: name }], price })),
      projects: [{ name: "default" }, { name: "narrow", models: ["chat"] }],
    },
  });
  openai = client((await sahab.createKey()).key);
  restricted = client((await sahab.createKey({ project: "narrow" })).key);
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Hello" }];

describe("chat", () => {
  test("whole", async () => {
    const { data, request_id } = await openai.chat.completions.create({ model: "chat", messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe("Peace be upon you");
    expect(data.usage).toMatchObject({ ...vendorUsage, cost: "0.00014", cost_currency: "USD" });
    expect(request_id).toStartWith("req_");
  });

  test("streamed, with and without usage", async () => {
    for (const include_usage of [true, false]) {
      const stream = await openai.chat.completions.create({
        model: "chat",
        messages,
        stream: true,
        stream_options: { include_usage },
      });
      let text = "";
      const usages: unknown[] = [];
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        if (chunk.usage) usages.push(chunk.usage);
      }
      expect(text).toBe("Peace be upon you");
      expect(usages).toHaveLength(include_usage ? 1 : 0);
      if (include_usage) expect(usages[0]).toMatchObject({ prompt_tokens: 100, cost: "0.00014" });
    }
  });

  test("tools, whole and streamed through the SDK's own accumulator", async () => {
    const request = {
      model: "tools",
      messages,
      tools: [
        {
          type: "function" as const,
          function: { name: "look_up", parameters: { type: "object", properties: { city: { type: "string" } } } },
        },
      ],
      tool_choice: "required" as const,
    };
    const whole = await openai.chat.completions.create(request);
    const [first] = whole.choices[0]?.message.tool_calls ?? [];
    expect(first?.type === "function" && JSON.parse(first.function.arguments)).toEqual({ city: "Riyadh" });
    const streamed = await openai.chat.completions.stream({ ...request, stream: true }).finalChatCompletion();
    expect(streamed.choices[0]?.finish_reason).toBe("tool_calls");
    const [call] = streamed.choices[0]?.message.tool_calls ?? [];
    expect(call?.type === "function" && call.function).toMatchObject({
      name: "look_up",
      arguments: '{"city":"Riyadh"}',
    });
    expect(vendor.callsFor("tools").at(-1)?.body["tool_choice"]).toBe("required");
  });

  test("a JSON schema travels on", async () => {
    const schema = { type: "object", properties: { answer: { type: "integer" } }, required: ["answer"] };
    const answer = await openai.chat.completions.create({
      model: "json",
      messages,
      response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ answer: 42 });
    expect(vendor.callsFor("json").at(-1)?.body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "answer", schema, strict: true },
    });
  });
});

test("embeddings, as base64 and as numbers", async () => {
  // The SDK asks for base64 by itself and decodes it.
  const answer = await openai.embeddings.create({ model: "embed", input: ["a", "b"] });
  expect(answer.data).toHaveLength(2);
  expect([...(answer.data[1]?.embedding ?? [])]).toEqual([0.25, -1, 3]);
  expect(answer.usage).toMatchObject({ prompt_tokens: 8, cost: "0.000008" });
  const numbers = await openai.embeddings.create({ model: "embed", input: ["a"], encoding_format: "float" });
  expect(numbers.data[0]?.embedding).toEqual([0.25, -1, 3]);
});

test("legacy completions, whole and streamed", async () => {
  const whole = await openai.completions.create({ model: "legacy", prompt: "Tell" });
  expect(whole.choices[0]?.text).toBe("once upon");
  const stream = await openai.completions.create({ model: "legacy", prompt: "Tell", stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
  expect(text).toBe("once upon");
  const [record] = await sahab.records();
  expect(record).toMatchObject({ operation: "completion", estimated: false, tokens: { input: 100, output: 20 } });
});

describe("models", () => {
  test("list has what the key may call", async () => {
    const all = (await openai.models.list()).data.map((model) => model.id);
    expect(all).toEqual(Object.keys(scripts));
    const [only, ...rest] = (await restricted.models.list()).data;
    expect(only).toMatchObject({ id: "chat", object: "model", owned_by: "fake" });
    expect(only?.created).toBeGreaterThan(1_700_000_000);
    expect(rest).toEqual([]);
  });

  test("retrieve finds one, or says that there is none", async () => {
    expect(await openai.models.retrieve("chat")).toMatchObject({ id: "chat", object: "model" });
    const missing = await openai.models.retrieve("nothing").catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(NotFoundError);
    expect((missing as NotFoundError).code).toBe("model_not_found");
  });

  test("a model whose name has a slash is found under its escaped and its plain name", async () => {
    const config = await sahab.adminJson<{ models: { name: string }[] }>("/config");
    await sahab.apply({ ...config, models: [...config.models, { ...config.models[0], name: "org/chat:v1" }] });
    expect((await openai.models.retrieve("org/chat:v1")).id).toBe("org/chat:v1");
    const plain = await fetch(`${sahab.address}/v1/models/org/chat:v1`, {
      headers: { authorization: `Bearer ${openai.apiKey}` },
    });
    expect(plain.status).toBe(200);
    await sahab.apply(config);
  });
});

describe("errors are the SDK's classes, with our code or the vendor's body", () => {
  type Class = new (...args: never[]) => Error;
  const cases: [string, () => Promise<unknown>, Class, string | null, number][] = [
    [
      "wrong key",
      () => client("sk-sahab-wrong-key-00000000").chat.completions.create({ model: "chat", messages }),
      AuthenticationError,
      "invalid_api_key",
      401,
    ],
    [
      "model not allowed",
      () => restricted.chat.completions.create({ model: "private", messages }),
      PermissionDeniedError,
      "model_not_allowed",
      403,
    ],
    [
      "unknown model",
      () => openai.chat.completions.create({ model: "nothing", messages }),
      NotFoundError,
      "model_not_found",
      404,
    ],
    [
      "wrong type",
      () => openai.chat.completions.create({ model: "chat", messages: "hello" as never }),
      BadRequestError,
      "invalid_request",
      400,
    ],
    [
      "refused by the vendor",
      () => openai.chat.completions.create({ model: "bad-request", messages }),
      BadRequestError,
      // The vendor's own body, which has no code.
      null,
      400,
    ],
    [
      "rate limited by the vendor",
      () => openai.chat.completions.create({ model: "rate-limited", messages }),
      RateLimitError,
      // The vendor's own body, which has no code.
      null,
      429,
    ],
    [
      "the vendor fails",
      () => openai.chat.completions.create({ model: "failing", messages }),
      InternalServerError,
      "upstream_error",
      502,
    ],
    [
      "the vendor fails before a stream",
      () => openai.chat.completions.create({ model: "failing", messages, stream: true }),
      InternalServerError,
      "upstream_error",
      502,
    ],
  ];
  for (const [name, call, errorClass, code, status] of cases) {
    test(name, async () => {
      const error = (await call().catch((thrown: unknown) => thrown)) as AuthenticationError;
      expect(error).toBeInstanceOf(errorClass);
      expect(error.code).toBe(code);
      expect(error.status as number).toBe(status);
      expect(error.requestID).toStartWith("req_");
    });
  }

  test("a stream that breaks throws in the middle of the loop", async () => {
    const stream = await openai.chat.completions.create({ model: "breaks-in-stream", messages, stream: true });
    let text = "";
    let thrown: unknown;
    try {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    } catch (error) {
      thrown = error;
    }
    expect(text).toBe("half an ");
    expect(thrown).toBeInstanceOf(OpenAI.APIError);
    expect((thrown as { code?: string }).code).toBe("stream_interrupted");
  });
});

describe("a client that leaves", () => {
  test("in the middle of a stream: the vendor is told, and what went through is recorded", async () => {
    const { data: stream, request_id } = await openai.chat.completions
      .create({ model: "slow", messages, stream: true })
      .withResponse();
    let seen = 0;
    for await (const _ of stream) if (++seen === 10) break; // leaving the loop aborts the request
    const leftMs = Date.now();
    const call = vendor.callsFor("slow").at(-1);
    const abortedMs = await eventually("the abort at the vendor", () => call?.abortedMs);
    expect(abortedMs - leftMs).toBeLessThan(4_000);
    const record = await sahab.record(request_id);
    expect(record).toMatchObject({
      status: 499,
      outcome: "client_closed_request",
      estimated: true,
      stream: true,
      model: "slow",
      provider: "fake",
    });
    expect(record.tokens.output).toBeGreaterThan(0);
    expect(record.tokens.output).toBeLessThan(200);
    expect(record.tokens.input).toBeGreaterThan(0);
    expect(Number(record.cost)).toBeGreaterThan(0);
  });

  test("while it waits for a whole answer", async () => {
    const leave = new AbortController();
    const before = vendor.callsFor("slow-whole").length;
    const waiting = openai.chat.completions
      .create({ model: "slow-whole", messages }, { signal: leave.signal })
      .catch((error: unknown) => error);
    const call = await eventually("the call at the vendor", () => vendor.callsFor("slow-whole")[before]);
    leave.abort();
    await waiting;
    const leftMs = Date.now();
    const abortedMs = await eventually("the abort at the vendor", () => call.abortedMs);
    expect(abortedMs - leftMs).toBeLessThan(4_000);
    const record = await eventually("the record", async () =>
      (await sahab.records()).find((one) => one.model === "slow-whole"),
    );
    // The vendor had the prompt and was at work: nobody knows what it bills.
    expect(record).toMatchObject({ status: 499, outcome: "client_closed_request", stream: false, estimated: true });
    expect(record.tokens).toMatchObject({ output: 0 });
    expect(record.tokens.input).toBeGreaterThan(0);
  });

  test("no request stays in flight", async () => {
    await eventually("the gauge at zero", async () =>
      /^sahab_requests_in_flight 0$/m.test(await (await fetch(`${sahab.address}/metrics`)).text()),
    );
  });
});
