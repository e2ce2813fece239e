import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { BadRequestError, toFile } from "openai";
import { eventually } from "../testing/eventually.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The official SDK, unmodified, against the running program with its built-in model.

let sahab: TestSahab;
let openai: OpenAI;

beforeAll(async () => {
  sahab = await runSahab({
    config: {
      models: [{ name: "nano", local: { file: "nano.gguf" } }],
      projects: [{ name: "default" }, { name: "strangers" }],
    },
  });
  openai = new OpenAI({
    apiKey: (await sahab.createKey()).key,
    baseURL: `${sahab.address}/v1`,
    maxRetries: 0,
    timeout: 30_000,
  });
});

afterAll(() => sahab?.close());

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Say something about clouds." }];
/** One token that always wins: with it nano goes on until its bound. */
const endless = { logit_bias: { "300": 100 }, max_tokens: 3_500 };
const engines = () =>
  sahab
    .adminJson<{ engines: { name: string; state: string; live?: { slotsBusy: number } | null }[] }>("/ps")
    .then((answer) => answer.engines.find((engine) => engine.name === "nano"));

test("a request that comes while the model loads waits for it", async () => {
  const answer = await openai.chat.completions.create({ model: "nano", messages, max_tokens: 8 });
  expect(answer.choices).toHaveLength(1);
  expect((await engines())?.state).toBe("ready");
});

describe("chat", () => {
  test("whole: form, bounds, usage and record", async () => {
    const { data, request_id } = await openai.chat.completions
      .create({ model: "nano", messages, max_tokens: 16, seed: 1, temperature: 0 })
      .withResponse();
    expect(data.object).toBe("chat.completion");
    expect(data.model).toBe("nano");
    const [choice] = data.choices;
    expect(choice?.message.role).toBe("assistant");
    expect(typeof choice?.message.content).toBe("string");
    expect(["stop", "length"]).toContain(choice?.finish_reason ?? "");
    expect(data.usage?.prompt_tokens).toBeGreaterThan(0);
    expect(data.usage?.completion_tokens).toBeGreaterThan(0);
    expect(data.usage?.completion_tokens).toBeLessThanOrEqual(16);
    expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
    expect(data.usage).toMatchObject({ cost: "0", cost_currency: "USD" });
    expect(await sahab.record(request_id)).toMatchObject({
      provider: "local",
      model: "nano",
      outcome: "ok",
      estimated: false,
      tokens: { input: data.usage?.prompt_tokens, output: data.usage?.completion_tokens },
    });
  });

  test("the same seed at temperature 0 says the same, whole or streamed", async () => {
    const request = { model: "nano", messages, max_tokens: 24, seed: 7, temperature: 0 };
    const whole = await openai.chat.completions.create(request);
    const stream = await openai.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let role: string | undefined;
    let finish: string | null | undefined;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      expect(chunk.object).toBe("chat.completion.chunk");
      role ??= chunk.choices[0]?.delta.role;
      text += chunk.choices[0]?.delta.content ?? "";
      finish ??= chunk.choices[0]?.finish_reason;
      if (chunk.usage) usage = chunk.usage;
    }
    expect(role).toBe("assistant");
    expect(text).toBe(whole.choices[0]?.message.content ?? "");
    expect(finish).toBe(whole.choices[0]?.finish_reason);
    expect(usage?.completion_tokens).toBe(whole.usage?.completion_tokens);
    expect(usage).toMatchObject({ cost: "0" });
  });

  test("a prompt sent again is read from the cache", async () => {
    const long: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "clouds and rain ".repeat(60) }];
    const request = { model: "nano", messages: long, max_tokens: 4, temperature: 0 };
    await openai.chat.completions.create(request);
    const again = await openai.chat.completions.create(request);
    expect(again.usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(50);
    expect(again.usage?.prompt_tokens_details?.cached_tokens).toBeLessThanOrEqual(again.usage?.prompt_tokens ?? 0);
  });

  test("a prompt of another project is not: its keys do not see whether it was asked before", async () => {
    const long: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "hail and thunder ".repeat(60) }];
    const request = { model: "nano", messages: long, max_tokens: 4, temperature: 0 };
    const own = await openai.chat.completions.create(request);
    const { key: apiKey } = await sahab.createKey({ project: "strangers" });
    const stranger = openai.withOptions({ apiKey });
    const other = await stranger.chat.completions.create(request);
    expect(other.usage?.prompt_tokens_details?.cached_tokens ?? 0).toBe(0);
    expect(other.choices[0]?.message.content).toBe(own.choices[0]?.message.content ?? "");
    const again = await stranger.chat.completions.create(request);
    expect(again.usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(50);
  });

  test("a required tool is called with arguments that fit its schema", async () => {
    const parameters = {
      type: "object",
      properties: { city: { enum: ["Riyadh", "Jeddah"] }, days: { type: "integer" } },
      required: ["city", "days"],
      additionalProperties: false,
    };
    const request = {
      model: "nano",
      messages,
      tools: [{ type: "function" as const, function: { name: "weather", parameters } }],
      tool_choice: "required" as const,
      max_tokens: 200,
      temperature: 0.7,
      seed: 3,
    };
    const check = (choice: OpenAI.ChatCompletion.Choice | undefined) => {
      const [call] = choice?.message.tool_calls ?? [];
      if (call?.type !== "function") throw new Error(`no tool was called: ${JSON.stringify(choice)}`);
      expect(call.function.name).toBe("weather");
      expect(call.id).not.toBe("");
      expect(choice?.finish_reason).toBe("tool_calls");
      const args = JSON.parse(call.function.arguments) as { city: string; days: number };
      expect(["Riyadh", "Jeddah"]).toContain(args.city);
      expect(args.days).toBeInteger();
      expect(Object.keys(args).toSorted()).toEqual(["city", "days"]);
    };
    check((await openai.chat.completions.create(request)).choices[0]);
    check((await openai.chat.completions.stream({ ...request, stream: true }).finalChatCompletion()).choices[0]);
  });

  test("an answer to a JSON schema parses and fits it", async () => {
    const schema = {
      type: "object",
      properties: { kind: { enum: ["cirrus", "cumulus"] }, rain: { type: "boolean" } },
      required: ["kind", "rain"],
      additionalProperties: false,
    };
    for (const seed of [1, 2, 3]) {
      const answer = await openai.chat.completions.create({
        model: "nano",
        messages,
        max_tokens: 200,
        seed,
        temperature: 1,
        response_format: { type: "json_schema", json_schema: { name: "cloud", schema, strict: true } },
      });
      const value = JSON.parse(answer.choices[0]?.message.content ?? "") as { kind: string; rain: boolean };
      expect(["cirrus", "cumulus"]).toContain(value.kind);
      expect(value.rain).toBeBoolean();
      expect(answer.choices[0]?.finish_reason).toBe("stop");
    }
  });

  test("many at once all get their answer", async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        openai.chat.completions.create({
          model: "nano",
          messages: [{ role: "user", content: `Number ${index}` }],
          max_tokens: 8,
        }),
      ),
    );
    for (const answer of all) expect(answer.choices[0]?.message.role).toBe("assistant");
    expect(new Set(all.map((answer) => answer.id)).size).toBe(12);
  });
});

test("embeddings: one vector each, of one length, alike in both encodings", async () => {
  const base64 = await openai.embeddings.create({ model: "nano", input: ["a cloud", "a desert"] });
  const float = await openai.embeddings.create({ model: "nano", input: ["a cloud"], encoding_format: "float" });
  expect(base64.data).toHaveLength(2);
  const [one, two] = base64.data.map((entry) => [...entry.embedding]);
  expect(one?.length).toBeGreaterThan(8);
  expect(two).toHaveLength(one?.length ?? 0);
  expect(one).not.toEqual(two);
  const first = float.data[0]?.embedding ?? [];
  for (const [index, value] of first.entries()) expect(value).toBeCloseTo(one?.[index] ?? Number.NaN, 2);
  expect(base64.usage.prompt_tokens).toBeGreaterThan(1);
});

test("what only passes names the model, the operation and the vendors that have it", async () => {
  const failure = await openai.images.generate({ model: "nano", prompt: "a cloud" }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BadRequestError);
  expect(failure).toMatchObject({ code: "unsupported_operation" });
  expect((failure as Error).message).toMatch(
    /do not offer the operation "image-generation".*; model "nano" needs a target at one of these vendors: .*openai/,
  );
});

test("a batch: chat, embeddings, responses and legacy completions", async () => {
  const bodies = {
    "/v1/chat/completions": { messages, max_tokens: 4 },
    "/v1/embeddings": { input: "a cloud" },
    "/v1/responses": { input: "Say something about clouds.", max_output_tokens: 16 },
    "/v1/completions": { prompt: "Once upon", max_tokens: 4 },
  };
  for (const [url, body] of Object.entries(bodies)) {
    const lines = [1, 2, 3].map((index) =>
      JSON.stringify({ custom_id: `r${index}`, method: "POST", url, body: { model: "nano", ...body } }),
    );
    const file = await toFile(Buffer.from(lines.join("\n")), "in.jsonl");
    const { id: input } = await openai.files.create({ file, purpose: "batch" });
    const endpoint = url as OpenAI.BatchCreateParams["endpoint"];
    const { id } = await openai.batches.create({ input_file_id: input, endpoint, completion_window: "24h" });
    const batch = await eventually(
      `the batch of ${url}`,
      async () => {
        const found = await openai.batches.retrieve(id);
        return found.status === "completed" ? found : undefined;
      },
      20_000,
    );
    expect(batch.request_counts).toEqual({ total: 3, completed: 3, failed: 0 });
    const text = await (await openai.files.content(batch.output_file_id ?? "")).text();
    const results = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { response: { body: object; request_id: string } });
    expect(results).toHaveLength(3);
    for (const { response } of results) expect(response.body).toHaveProperty("object");
    expect(await sahab.record(results[0]?.response.request_id ?? null)).toMatchObject({
      provider: "local",
      outcome: "ok",
    });
    expect(batch.usage?.input_tokens).toBeGreaterThan(0);
  }
});

test("legacy completions, whole and streamed", async () => {
  const whole = await openai.completions.create({ model: "nano", prompt: "Once upon", max_tokens: 8, temperature: 0 });
  expect(whole.object).toBe("text_completion");
  const stream = await openai.completions.create({
    model: "nano",
    prompt: "Once upon",
    max_tokens: 8,
    temperature: 0,
    stream: true,
  });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
  expect(text).toBe(whole.choices[0]?.text ?? "");
});

describe("what cannot be done is refused before any answer", () => {
  const refused = async (request: OpenAI.ChatCompletionCreateParams, code: string, param?: string) => {
    const error = (await openai.chat.completions.create(request).catch((thrown: unknown) => thrown)) as BadRequestError;
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.code).toBe(code);
    if (param !== undefined) expect(error.param).toBe(param);
    return error.message;
  };

  test("a prompt longer than the context, whole and streamed", async () => {
    const long: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "cloud rain sun ".repeat(8_000) }];
    for (const stream of [false, true])
      expect(await refused({ model: "nano", messages: long, stream }, "context_length_exceeded")).toContain("4096");
  });

  test("wrong fields are told by their place", async () => {
    await refused(
      { model: "nano", messages: [{ role: "wizard" as "user", content: "x" }] },
      "invalid_request",
      "messages[0].role",
    );
    await refused({ model: "nano", messages, temperature: 9 }, "invalid_request", "temperature");
    await refused({ model: "nano", messages, max_tokens: 0 }, "invalid_request", "max_tokens");
    await refused({ model: "nano", messages, stop: "" }, "invalid_request", "stop");
    await refused({ model: "nano", messages, tool_choice: "required" }, "invalid_request", "tool_choice");
  });

  test("a grammar that cannot be made from a schema", async () => {
    const error = await openai.chat.completions
      .create({
        model: "nano",
        messages,
        max_tokens: 8,
        response_format: {
          type: "json_schema",
          json_schema: { name: "odd", schema: { type: "no-such-type" }, strict: true },
        },
      })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
  });
});

test("a client that leaves frees its slot, and what was said is recorded with the engine's own count", async () => {
  const leave = async (seed: number) => {
    const { data: stream, request_id } = await openai.chat.completions
      .create({ model: "nano", messages, ...endless, temperature: 1, seed, stream: true })
      .withResponse();
    let seen = 0;
    for await (const _ of stream) if (++seen === 5) break;
    return sahab.record(request_id);
  };
  for (const record of [await leave(1), await leave(2)]) {
    expect(record).toMatchObject({ status: 499, outcome: "client_closed_request", estimated: false });
    expect(record.tokens.output).toBeGreaterThan(0);
    expect(record.tokens.output).toBeLessThan(3_500);
  }
  // No slot goes on with what nobody reads. To its end an answer takes longer than this waits.
  await eventually("free slots", async () => (await engines())?.live?.slotsBusy === 0, 1_500);
});

test("an engine that dies is started again, and the next request is served", async () => {
  const status = (await engines()) as unknown as { pid?: number | null };
  if (typeof status.pid !== "number") throw new Error(`ps tells no process: ${JSON.stringify(status)}`);
  const killed = status.pid;
  const long = openai.chat.completions
    .create({ model: "nano", messages, ...endless, stream: false })
    .catch((error: unknown) => error);
  await eventually("the request in a slot", async () => ((await engines())?.live?.slotsBusy ?? 0) > 0);
  process.kill(killed, "SIGKILL");
  const cut = await long;
  if (!(cut instanceof OpenAI.APIError))
    throw new Error(`the engine's end did not reach the client: ${Bun.inspect(cut)}`);
  expect([502, 503]).toContain(cut.status as number);
  const answer = await eventually(
    "an answer after the crash",
    () => openai.chat.completions.create({ model: "nano", messages, max_tokens: 4 }).catch(() => undefined),
    30_000,
  );
  expect(answer.choices).toHaveLength(1);
  expect(((await engines()) as unknown as { pid: number }).pid).not.toBe(killed);
});
