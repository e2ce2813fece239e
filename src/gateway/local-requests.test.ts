import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { messagesToolUse } from "../testing/fake-anthropic.ts";
import { startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What clients send that no SDK's types allow, or that only other servers document, to the built-in model.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let openai: OpenAI;

const calls = [
  { id: "toolu_1", name: "weather", input: { city: "Riyadh" } },
  { id: "toolu_2", name: "clock", input: {} },
];

beforeAll(async () => {
  vendor = startFakeVendor({ tools: messagesToolUse(calls) });
  sahab = await runSahab({
    config: {
      providers: [{ name: "ant", vendor: "anthropic", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "k" }],
      models: [
        {
          name: "tools",
          targets: [{ provider: "ant", model: "tools" }],
          price: { currency: "USD", input: 3, output: 15 },
        },
        { name: "nano", local: { file: "nano.gguf" } },
      ],
      projects: [{ name: "default" }],
    },
  });
  key = (await sahab.createKey()).key;
  openai = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

interface Reply {
  status: number;
  dropped: string[];
  body: {
    choices?: { message: { content: string | null; tool_calls?: unknown[] }; finish_reason: string }[];
    data?: { embedding: number[] | string }[];
    error?: { code: string; param: string | null; message: string };
  };
}

async function post(path: string, fields: object): Promise<Reply> {
  const response = await fetch(`${sahab.address}/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "nano", ...fields }),
  });
  const dropped = response.headers.get("x-sahab-dropped")?.split(",") ?? [];
  return { status: response.status, dropped, body: (await response.json()) as Reply["body"] };
}

const messages = [{ role: "user" as const, content: "Say hello" }];
const chat = (fields: object) => post("chat/completions", { messages, temperature: 0, max_tokens: 8, ...fields });
const embed = (input: unknown, fields: object = {}) => post("embeddings", { input, ...fields });

describe("a limit of tokens", () => {
  test.each([[-1], [null], [16.0], [32_000], [1_000_000_000]])("%p is taken", async (max_tokens) => {
    const { status, body } = await chat({ max_tokens });
    expect(status).toBe(200);
    expect(body.choices?.[0]?.finish_reason).toMatch(/^(stop|length)$/);
  });

  test.each([[0], [-2], [1.5], ["16"]])("%p is refused by its name", async (max_tokens) => {
    expect((await chat({ max_tokens })).body.error).toMatchObject({ code: "invalid_request", param: "max_tokens" });
  });
});

describe("tools", () => {
  const named = (name: string) => ({ type: "function", function: { name } });
  const hosted = [{ type: "code_interpreter" }, { type: "web_search" }];

  test.each([[{ tools: [], tool_choice: "auto", parallel_tool_calls: true }], [{ tools: [], tool_choice: null }]])(
    "none, said in %j",
    async (fields) => expect((await chat(fields)).status).toBe(200),
  );

  test("none, but one is required", async () => {
    const { status, body } = await chat({ tools: [], tool_choice: "required" });
    expect([status, body.error?.param]).toEqual([400, "tool_choice"]);
  });

  test("of kinds that only a vendor has are left out and named", async () => {
    expect(await chat({ tools: [named("f"), ...hosted] })).toMatchObject({
      status: 200,
      dropped: ["tools[1]", "tools[2]"],
    });
    expect(await chat({ tools: hosted, tool_choice: "required" })).toMatchObject({
      status: 400,
      body: { error: { code: "unsupported_parameter", param: "tool_choice" } },
    });
  });

  test("with a schema that no grammar can hold are called all the same, and what is not held is named", async () => {
    const parameters = { type: "object", properties: { a: { $ref: "#/$defs/Missing" } }, required: ["a"] };
    const tools = (strict: boolean) => [{ type: "function", function: { name: "f", parameters, strict } }];
    const { status, dropped, body } = await chat({ tools: tools(false), tool_choice: "required", max_tokens: 60 });
    expect([status, dropped]).toEqual([200, ["tools[0].function.parameters.properties.a.$ref"]]);
    expect(body.choices?.[0]?.message.tool_calls).toHaveLength(1);
    expect((await chat({ tools: tools(true), tool_choice: "required" })).body.error).toMatchObject({
      param: "tools[0].function.parameters.properties.a.$ref",
      message: expect.stringContaining("leads nowhere"),
    });
  });
});

test("options of a stream are taken without one, and stop may be null", async () => {
  expect((await chat({ stream: false, stream_options: { include_usage: true }, stop: null })).status).toBe(200);
});

test("a format of which nothing can be held is free JSON, named; a strict one is refused", async () => {
  const v = { type: "number", minimum: 0, multipleOf: 2 };
  const format = (strict?: boolean) => ({
    type: "json_schema",
    json_schema: { name: "s", schema: { type: "object", properties: { v }, required: ["v"] }, strict },
  });
  const place = "response_format.json_schema.schema.properties.v";
  const { status, dropped, body } = await chat({ response_format: format(), max_tokens: 60 });
  expect([status, dropped]).toEqual([200, [`${place}.minimum`, `${place}.multipleOf`]]);
  expect(body.choices?.[0]?.message.content).toMatch(/^\{\s*"v"/);
  expect((await chat({ response_format: format(true) })).body.error?.param).toBe(`${place}.minimum`);
  expect((await chat({ response_format: { type: "json_schema", json_schema: { name: "s" } } })).status).toBe(200);
});

describe("embeddings", () => {
  test("of texts and of lists of tokens, as numbers and as base64", async () => {
    const lengths = async (input: unknown, fields?: object) =>
      (await embed(input, fields)).body.data?.map(({ embedding }) =>
        typeof embedding === "string" ? Buffer.from(embedding, "base64").length / 4 : embedding.length,
      );
    const [native] = (await lengths("a")) ?? [];
    expect(native).toBeGreaterThan(0);
    const size = native ?? 0;
    expect(await lengths("a", { encoding_format: "base64" })).toEqual([size]);
    expect(await lengths([99, 100])).toEqual([size]);
    expect(await lengths([[99, 100], [101]])).toEqual([size, size]);
    expect(await lengths(["  "])).toEqual([size]);
  });

  test.each<[unknown, string]>([
    ["", "input[0]"],
    [["a", ""], "input[1]"],
    [[], "input"],
    [null, "input"],
    [5, "input"],
    [["a", [99]], "input[1]"],
    [[[99], []], "input[1]"],
    [[[-1]], "input[0][0]"],
    [[[99], [99_999_999]], "input[1]"],
  ])("of %j are refused, the item named", async (input, param) => {
    const { status, body } = await embed(input);
    expect([status, body.error?.param]).toEqual([400, param]);
    expect(body.error?.message).toStartWith(param);
  });

  test("of no dimension", async () =>
    expect((await embed("a", { dimensions: 0 })).body.error?.param).toBe("dimensions"));
});

describe("a client of functions", () => {
  const functions = [{ name: "weather", parameters: { type: "object", properties: {}, additionalProperties: false } }];
  const wanted = { model: "nano", messages, max_tokens: 60, functions, function_call: { name: "weather" } };

  test("gets a function call of a local model, whole and streamed", async () => {
    const { choices } = await openai.chat.completions.create(wanted);
    expect(choices[0]).toMatchObject({ finish_reason: "function_call" });
    expect(choices[0]?.message.tool_calls).toBeUndefined();
    expect(choices[0]?.message.function_call).toMatchObject({ name: "weather" });
    const streamed = await openai.chat.completions.stream({ ...wanted, stream: true }).finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({ finish_reason: "function_call" });
    expect(streamed.choices[0]?.message.function_call?.name).toBe("weather");
    expect(JSON.parse(streamed.choices[0]?.message.function_call?.arguments ?? "")).toEqual({});
  });

  test("gets one of a translated answer, which has room for the first alone", async () => {
    const ask = { ...wanted, model: "tools", functions: [...functions, { name: "clock" }] };
    const call = { name: "weather", arguments: '{"city":"Riyadh"}' };
    const { choices } = await openai.chat.completions.create(ask);
    expect(choices[0]).toMatchObject({ finish_reason: "function_call", message: { function_call: call } });
    const streamed = await openai.chat.completions.stream({ ...ask, stream: true }).finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({ finish_reason: "function_call" });
    const { name, arguments: text } = streamed.choices[0]?.message.function_call ?? {};
    expect([name, JSON.parse(text ?? "")]).toEqual(["weather", { city: "Riyadh" }]);
    expect(vendor.callsFor("tools").at(-1)?.body["tool_choice"]).toMatchObject({ disable_parallel_tool_use: true });
  });

  test("sends its history back", async () => {
    const history = [
      ...messages,
      { role: "assistant" as const, content: null, function_call: { name: "weather", arguments: "{}" } },
      { role: "function" as const, name: "weather", content: "sunny" },
    ];
    const answer = await openai.chat.completions.create({ ...wanted, messages: history, function_call: "none" });
    expect(answer.choices[0]?.message.content).toBeString();
  });
});
