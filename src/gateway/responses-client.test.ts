import { createOpenAI } from "@ai-sdk/openai";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import OpenAI, { APIError, AuthenticationError, BadRequestError, RateLimitError } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { calls, chatScripts, messagesScripts, words } from "../testing/responses-client-scripts.ts";

// Clients that speak Responses, unmodified, against the running program with vendors behind it that speak something else: OpenAI's
// SDK, the AI SDK, whose default it is, and what Codex sends.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let openai: OpenAI;

beforeAll(async () => {
  vendor = startFakeVendor({ ...chatScripts, ...messagesScripts });
  const price = { currency: "USD", input: 3, cached_input: 0.3, cache_write: 3.75, output: 15 };
  const model = (provider: string) => (name: string) => ({ name, targets: [{ provider, model: name }], price });
  sahab = await runSahab({
    config: {
      providers: [
        { name: "chat", vendor: "compatible", base_url: vendor.url },
        { name: "ant", vendor: "anthropic", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "vendor-key" },
      ],
      models: [
        { name: "nano", local: { file: "nano.gguf" } },
        ...Object.keys(chatScripts).map(model("chat")),
        ...Object.keys(messagesScripts).map(model("ant")),
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
  openai = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const functionTools: OpenAI.Responses.FunctionTool[] = ["weather", "clock"].map((name) => ({
  type: "function",
  name,
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } } },
}));

describe("OpenAI's SDK", () => {
  test("a text, whole, with the vendor's counts and the cost", async () => {
    const { data, response } = await openai.responses
      .create({
        model: "text",
        instructions: "Be kind",
        input: "Hi",
        metadata: { a: "b" },
        temperature: 0.5,
        max_output_tokens: 9,
        text: { verbosity: "low" },
        prompt_cache_key: "k",
        truncation: "auto",
      })
      .withResponse();
    expect(data).toMatchObject({
      object: "response",
      status: "completed",
      error: null,
      incomplete_details: null,
      output_text: words.join(""),
      instructions: "Be kind",
      metadata: { a: "b" },
      temperature: 0.5,
      max_output_tokens: 9,
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
      store: true,
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 40, cache_write_tokens: 0 },
        output_tokens: 20,
        output_tokens_details: { reasoning_tokens: 5 },
        total_tokens: 120,
        cost: "0.000492",
        cost_currency: "USD",
      },
    });
    expect(data.id).toStartWith("resp_");
    expect(data.output[0]?.id).toStartWith("msg_");
    expect(response.headers.get("x-sahab-dropped")?.split(",").toSorted()).toEqual([
      "metadata",
      "prompt_cache_key",
      "text.verbosity",
      "truncation",
    ]);
    expect(vendor.callsFor("text").at(-1)?.body).toEqual({
      model: "text",
      messages: [
        { role: "system", content: "Be kind" },
        { role: "user", content: "Hi" },
      ],
      temperature: 0.5,
      max_tokens: 9,
    });
  });

  for (const model of ["text", "m-text"])
    test(`a text of ${model}, streamed: the events' order, and what the SDK makes of them`, async () => {
      const types: string[] = [];
      const numbers: number[] = [];
      const stream = openai.responses.stream({ model, input: [{ role: "user", content: "Hi" }] });
      for await (const event of stream) {
        types.push(event.type.replace("response.", ""));
        numbers.push((event as { sequence_number: number }).sequence_number);
      }
      expect(numbers).toEqual(numbers.map((_, index) => index));
      expect(types.filter((type, at) => type !== types[at - 1])).toEqual([
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
      ]);
      const final = await stream.finalResponse();
      expect(final.output_text).toBe(words.join(""));
      expect(Number((final.usage as unknown as { cost: string }).cost)).toBeGreaterThan(0);
    });

  test("a typed answer is parsed", async () => {
    const city = z.object({ city: z.string() });
    const parsed = await openai.responses.parse({
      model: "json",
      input: "Hi",
      text: { format: zodTextFormat(city, "c") },
    });
    expect(parsed.output_parsed).toEqual({ city: "Riyadh" });
    expect(vendor.callsFor("json").at(-1)?.body["response_format"]).toMatchObject({
      type: "json_schema",
      json_schema: { name: "c", strict: true, schema: { type: "object" } },
    });
  });

  for (const isStream of [false, true])
    for (const model of ["tools", "m-tools"])
      test(`parallel tools of ${model}, ${isStream ? "streamed" : "whole"}, and their results in the next turn`, async () => {
        const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Hi" }];
        const asked = { model, input, tools: functionTools };
        const first = isStream
          ? await openai.responses.stream(asked).finalResponse()
          : await openai.responses.create(asked);
        const output: OpenAI.Responses.ResponseOutputItem[] = first.output;
        const called = output.filter((item) => item.type === "function_call");
        expect(called.map(({ name, arguments: json }) => [name, JSON.parse(json)])).toEqual([
          ["weather", { city: "Riyadh" }],
          ["clock", {}],
        ]);
        if (model === "tools")
          expect(first.output.map(({ type }) => type)).toEqual(["reasoning", "function_call", "function_call"]);
        // Whole items go back, as the SDK's documentation has it.
        const results = called.map(({ call_id }) => ({ type: "function_call_output" as const, call_id, output: "40" }));
        const next = [...input, ...(output as OpenAI.Responses.ResponseInput), ...results];
        await openai.responses.create({ ...asked, input: next });
        const sent = vendor.callsFor(model).at(-1)?.body["messages"] as Record<string, unknown>[];
        expect(sent).toHaveLength(model === "tools" ? 4 : 3);
        if (model === "tools")
          expect(sent[1]).toMatchObject({
            role: "assistant",
            reasoning_content: "Hm.",
            tool_calls: calls.map(({ id, name }) => ({ id, function: { name } })),
          });
      });

  test("what a model thought is a summary, whose foreign proof stays here", async () => {
    const whole = await openai.responses.create({ model: "m-thinks", input: "Hi" });
    expect(whole.output).toMatchObject([
      { type: "reasoning", summary: [{ type: "summary_text", text: "Hm, hm." }] },
      { type: "message" },
    ]);
    expect(JSON.stringify(whole)).not.toContain("c2lnbmVk");
    const streamed = await openai.responses.stream({ model: "m-thinks", input: "Hi" }).finalResponse();
    expect(streamed.output.map(({ type }) => type)).toEqual(["reasoning", "message"]);
    expect(streamed.output[0]).toMatchObject({ summary: [{ text: "Hm, hm." }] });
  });

  for (const [model, reason] of [
    ["length", "max_output_tokens"],
    ["content_filter", "content_filter"],
  ] as const)
    test(`an answer that ended for ${model} is incomplete for ${reason}`, async () => {
      const whole = await openai.responses.create({ model, input: "Hi" });
      expect(whole).toMatchObject({ status: "incomplete", incomplete_details: { reason }, output_text: "Pea" });
      const last: string[] = [];
      for await (const event of await openai.responses.create({ model, input: "Hi", stream: true }))
        last.push(event.type);
      expect(last.at(-1)).toBe("response.incomplete");
    });

  test("input tokens are counted", async () => {
    const counted = await openai.responses.inputTokens.count({ model: "text", input: "x".repeat(400) });
    expect(counted).toMatchObject({ object: "response.input_tokens" });
    expect(counted.input_tokens).toBeGreaterThan(50);
  });
});

describe("the AI SDK", () => {
  const provider = () => createOpenAI({ apiKey: key, baseURL: `${sahab.address}/v1` });
  const options = { providerOptions: { openai: { store: false } } };

  for (const model of ["text", "m-text"])
    test(`a text of ${model}, whole and streamed`, async () => {
      const whole = await generateText({ model: provider()(model), prompt: "Hi", maxRetries: 0 });
      expect(whole.text).toBe(words.join(""));
      expect(whole.finishReason).toBe("stop");
      expect(whole.usage.outputTokens).toBe(20);
      const streamed = streamText({ model: provider()(model), prompt: "Hi", maxRetries: 0 });
      let text = "";
      for await (const delta of streamed.textStream) text += delta;
      expect(text).toBe(words.join(""));
      expect(await streamed.finishReason).toBe("stop");
    });

  test("tools over two steps, streamed", async () => {
    const inputSchema = z.object({ city: z.string().optional() });
    const seen: unknown[] = [];
    const execute = (input: unknown) => {
      seen.push(input);
      return Promise.resolve("40");
    };
    const result = streamText({
      model: provider()("tools"),
      prompt: "Hi",
      maxRetries: 0,
      tools: { weather: tool({ inputSchema, execute }), clock: tool({ inputSchema, execute }) },
      stopWhen: stepCountIs(3),
      ...options,
    });
    expect(await result.text).toBe("It is hot.");
    expect(seen).toEqual([{ city: "Riyadh" }, {}]);
    expect((await result.steps)[0]?.reasoningText).toBe("Hm.");
  });
});

test("a local model answers, whole and streamed", async () => {
  const asked = { model: "nano", input: "Say something about clouds.", max_output_tokens: 12 };
  const whole = await openai.responses.create(asked);
  expect(whole.output_text).not.toBe("");
  expect(["completed", "incomplete"]).toContain(whole.status ?? "");
  expect(whole.usage?.output_tokens).toBeLessThanOrEqual(12);
  const streamed = await openai.responses.stream(asked).finalResponse();
  expect(streamed.output_text).not.toBe("");
  expect(streamed.usage?.input_tokens).toBe(whole.usage?.input_tokens ?? 0);
});

describe("Codex", () => {
  const body = {
    model: "codex",
    instructions: "You are Codex",
    stream: true,
    store: false,
    input: [
      { type: "message", id: "msg_1", role: "developer", content: [{ type: "input_text", text: "Rules" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "Edit" }] },
    ] as object[],
    tools: [
      { type: "function", name: "exec_command", strict: false, parameters: { type: "object", properties: {} } },
      {
        type: "namespace",
        name: "multi_agent_v1",
        description: "Agents",
        tools: [
          { type: "function", name: "close_agent", strict: false, parameters: { type: "object", properties: {} } },
        ],
      },
      { type: "web_search" },
      {
        type: "custom",
        name: "apply_patch",
        description: "Edit files",
        format: { type: "grammar", syntax: "lark", definition: "start: /x/" },
      },
    ],
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { effort: "medium", summary: "auto" },
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "k",
    client_metadata: { session: "s" },
  };

  /** The items that are done, and the last event. */
  async function ask(input: object[]) {
    const response = await sahab.call("/v1/responses", { ...body, input }, { key });
    const events = (await response.text())
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
    const items = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as object);
    return { items, last: events.at(-1)?.["type"], dropped: response.headers.get("x-sahab-dropped")?.split(",") };
  }

  test("custom and namespace tools over two turns", async () => {
    const first = await ask(body.input);
    expect(first.last).toBe("response.completed");
    expect(first.items).toMatchObject([
      { type: "custom_tool_call", call_id: "c1", name: "apply_patch", input: "*** Begin\nPatch" },
      {
        type: "function_call",
        call_id: "c2",
        name: "close_agent",
        namespace: "multi_agent_v1",
        arguments: '{"target":"a"}',
      },
    ]);
    expect(first.dropped?.toSorted()).toEqual(["client_metadata", "prompt_cache_key", "tools[2]", "tools[].format"]);
    const sent = vendor.callsFor("codex").at(-1)?.body;
    expect(sent?.["tools"]).toMatchObject([
      { function: { name: "exec_command" } },
      { function: { name: "multi_agent_v1__close_agent", description: "All tools of multi_agent_v1: Agents" } },
      { function: { name: "apply_patch", parameters: { required: ["input"] } } },
    ]);
    expect(sent?.["reasoning_effort"]).toBe("medium");

    const second = await ask([
      ...body.input,
      ...first.items.map((item) => ({ ...item, id: undefined })),
      { type: "custom_tool_call_output", call_id: "c1", output: "ok" },
      { type: "function_call_output", call_id: "c2", output: [{ type: "input_text", text: "closed" }] },
    ]);
    expect(second.items).toMatchObject([{ type: "message", content: [{ text: "Done." }] }]);
    expect(vendor.callsFor("codex").at(-1)?.body["messages"]).toEqual([
      { role: "system", content: "You are Codex" },
      { role: "developer", content: "Rules" },
      { role: "user", content: "Edit" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c1", type: "function", function: { name: "apply_patch", arguments: '{"input":"*** Begin\\nPatch"}' } },
          {
            id: "c2",
            type: "function",
            function: { name: "multi_agent_v1__close_agent", arguments: '{"target":"a"}' },
          },
        ],
      },
      { role: "tool", content: "ok", tool_call_id: "c1" },
      { role: "tool", content: "closed", tool_call_id: "c2" },
    ]);
  });

  test("a conversation of two megabytes, which is read on another thread", async () => {
    const long = Array.from({ length: 200 }, () => ({ role: "user", content: "x".repeat(10_000) }));
    const { items, last } = await ask([...long, ...body.input]);
    expect(last).toBe("response.completed");
    expect(items).toMatchObject([{ type: "custom_tool_call" }, { type: "function_call", namespace: "multi_agent_v1" }]);
    // The developer's words behind the first turns are the user's, and make one turn with those beside them.
    expect(vendor.callsFor("codex").at(-1)?.body["messages"]).toHaveLength(201);
  });

  test("its list of models is beside the usual one", async () => {
    const list = async (query: string) =>
      (await (
        await fetch(`${sahab.address}/v1/models${query}`, { headers: { authorization: `Bearer ${key}` } })
      ).json()) as { data: { id: string }[]; models?: { slug: string; context_window: number | null }[] };
    const plain = await list("");
    expect(plain.models).toBeUndefined();
    const own = await list("?client_version=0.169.0");
    expect(own.data).toEqual(plain.data);
    expect(own.models?.map(({ slug }) => slug)).toEqual(plain.data.map(({ id }) => id));
    const known = own.models?.filter((model) => model.context_window !== null);
    expect(known).toMatchObject([{ slug: "nano", context_window: 4096 }]);
  });

  test("its WebSocket is refused at once, in a way after which it takes HTTP", async () => {
    const socket = connect(Number(new URL(sahab.address).port), "127.0.0.1");
    socket.write(
      "GET /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const startedMs = performance.now();
    let text = "";
    socket.on("data", (data) => (text += data.toString("latin1")));
    while (!text.includes("}}") && performance.now() - startedMs < 2_000) await Bun.sleep(5);
    expect(text).toStartWith("HTTP/1.1 426 ");
    expect(text).toContain("method_not_allowed");
    // The connection serves on.
    text = "";
    socket.write(`GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n\r\n`);
    while (!text.includes("]}") && performance.now() - startedMs < 4_000) await Bun.sleep(5);
    expect(text).toStartWith("HTTP/1.1 200 ");
    socket.destroy();
  });
});

describe("errors", () => {
  test.each<[string, abstract new (...args: never[]) => Error, number, string]>([
    ["bad-request", BadRequestError, 400, "upstream_rejected"],
    ["rate-limited", RateLimitError, 429, "upstream_rate_limited"],
    ["unauthorised", APIError, 502, "upstream_authentication"],
    ["broken", APIError, 502, "upstream_error"],
    ["overloaded", APIError, 502, "upstream_error"],
    ["m-overloaded", APIError, 502, "upstream_error"],
    ["nobody", APIError, 404, "model_not_found"],
  ])("%s", async (model, kind, status, code) => {
    for (const stream of [false, true]) {
      const error: unknown = await openai.responses
        .create({ model, input: "Hi", stream })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({ status, code });
    }
  });

  test("no key", async () => {
    const stranger = new OpenAI({ apiKey: "sk-none", baseURL: `${sahab.address}/v1`, maxRetries: 0 });
    const error: unknown = await stranger.responses
      .create({ model: "text", input: "Hi" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthenticationError);
  });

  test.each<[object, string]>([
    [{ previous_response_id: "resp_1" }, "previous_response_id"],
    [{ conversation: { id: "c" } }, "conversation"],
    [{ background: true, store: false }, "background"],
    [{ prompt: { id: "p" } }, "prompt"],
    [{ input: [{ type: "item_reference", id: "msg_1" }] }, "input[0].id"],
    [{ input: undefined }, "input"],
    [{ input: 5 }, "input"],
  ])("%j is refused by name", async (fields, param) => {
    const response = await sahab.call("/v1/responses", { model: "text", input: "Hi", ...fields }, { key });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: object }).error).toMatchObject({
      param,
      type: "invalid_request_error",
    });
  });

  test("a stream that was cut never looks whole, and the SDK throws", async () => {
    const text = await (await sahab.call("/v1/responses", { model: "cut", input: "Hi", stream: true }, { key })).text();
    expect(text).not.toContain("response.completed");
    const last = text.trim().split("\n\n").slice(-2);
    expect(last[0]).toStartWith('event: error\ndata: {"type":"error"');
    expect(JSON.parse(last[1]?.split("data: ")[1] ?? "")).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { code: "stream_interrupted" } },
    });
    const read = async () => {
      for await (const _ of await openai.responses.create({ model: "cut", input: "Hi", stream: true }));
    };
    const error: unknown = await read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: "stream_interrupted" });
  });
});
