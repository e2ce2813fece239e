import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { APIError } from "openai";
import {
  callItem,
  messageItem,
  reasoningItem,
  responseEvent,
  responseEvents,
  responses,
  responsesUsage,
} from "../testing/fake-responses.ts";
import { errorAnswer, startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A vendor that speaks Responses, behind clients of every dialect.

const text = "Peace be upon you";
const calls = [callItem("call_1", "weather", { city: "Riyadh" }), callItem("call_2", "clock", {})];
const textStart = responseEvents([messageItem(text)]).slice(0, 6);

/** Numbers and spaces that no parser and printer would keep. */
const oddWhole = `{ "id":"resp_1", "object":"response","status":"completed","model":"odd","error":null,
  "output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"H\\u00e9","annotations":[{"n":1e2}]}]}],
  "big":12345678901234567890, "usage":{"input_tokens":50, "output_tokens":20,"total_tokens":70} , "metadata":{}}`;
const oddStream = [
  ": hello\n\n",
  ...responseEvents([reasoningItem(""), messageItem(text)]).slice(0, -1),
  'data: {"type":"response.new_kind", "x":1e2}\n\n',
  'event: response.completed\ndata: {"type":"response.completed", "response":{"id":"resp_fake","output":[], "usage":{"input_tokens":100,"output_tokens":20,"big":12345678901234567890}, "last":1.0},"sequence_number":99 }\n\n',
];

const scripts: Record<string, Script> = {
  text: responses([messageItem(text)]),
  thinks: responses([reasoningItem("Hm."), messageItem("Yes.")]),
  tools: (call) =>
    JSON.stringify(call.body["input"]).includes("function_call_output")
      ? responses([messageItem("It is hot.")])(call)
      : responses([reasoningItem("", "c2VjcmV0"), ...calls])(call),
  cut: responses([messageItem("Pea")], { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }),
  searches: responses([{ type: "web_search_call", id: "ws_1", status: "completed" }, messageItem(text)]),
  "odd-whole": () => new Response(oddWhole, { headers: { "content-type": "application/json" } }),
  "odd-stream": streamOf(oddStream),
  breaks: streamOf(textStart),
  fails: streamOf([
    ...textStart,
    responseEvent("response.failed", {
      response: { status: "failed", error: { code: "server_error", message: "node gpu-7" } },
    }),
  ]),
  "fails-at-once": streamOf([
    textStart[0] ?? "",
    responseEvent("error", { code: "rate_limit_exceeded", message: "slower", param: null }),
  ]),
  400: () => errorAnswer(400, { message: "too odd", code: "invalid_value" }),
  401: () => errorAnswer(401, { message: "the words of node gpu-7" }),
  404: () => errorAnswer(404, { message: "Item 'msg_1' not found" }),
  429: () => errorAnswer(429, { message: "slower" }, { "retry-after": "30" }),
  500: () => errorAnswer(500, { message: "oops" }),
  529: () => errorAnswer(529, { message: "busy" }),
};

const vendorKey = "vendor-key-1234567";
/** Deltas of a text, with what is to be random beside them. */
const deltasOf = (texts: readonly string[], padding: (at: number) => string) => [
  ...textStart.slice(0, 4),
  ...texts.map((delta, at) =>
    responseEvent("response.output_text.delta", {
      sequence_number: at + 4,
      output_index: 0,
      content_index: 0,
      delta,
      logprobs: [],
      obfuscation: padding(at),
    }),
  ),
];
const words = Array.from({ length: 12 }, (_, at) => `word${at} `);
scripts["leaks-in-text"] = streamOf(deltasOf([...words, "vendor-", "key-12", "34567", " end"], (at) => `p${at}`));

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const price = { currency: "USD", input: 3, cached_input: 0.3, cache_write: 3.75, output: 15 };
  sahab = await runSahab({
    config: {
      providers: [
        { name: "own", vendor: "openai", base_url: vendor.url, apis: ["responses"], api_key: vendorKey },
        { name: "both", vendor: "xai", base_url: vendor.url, api_key: vendorKey },
      ],
      models: [
        ...Object.keys(scripts).map((name) => ({ name, targets: [{ provider: "own", model: name }], price })),
        { name: "pinned", targets: [{ provider: "both", model: "text", api: "responses" }], price },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
  openai = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: key, baseURL: sahab.address, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const user = [{ role: "user" as const, content: "Hi" }];
const ask = (model: string, more: object = {}) =>
  sahab.call("/v1/responses", { model, input: "Hi", store: false, ...more }, { key });

describe("its own clients", () => {
  test("get its bytes, whole and streamed, and the cost", async () => {
    const whole = await (await ask("odd-whole")).text();
    expect(whole).toBe(
      oddWhole.replace('"total_tokens":70', '"total_tokens":70,"cost":"0.00045","cost_currency":"USD"'),
    );
    const stream = await (await ask("odd-stream", { stream: true })).text();
    const cost = ',"cost":"0.0006","cost_currency":"USD"';
    expect(stream).toBe(oddStream.join("").replace('"big":12345678901234567890', `"big":12345678901234567890${cost}`));
  });

  test("the vendor gets theirs, with its own path and key, and keeps nothing", async () => {
    const body =
      '{ "model":"text", "input":[{"role":"user","content":"1.0"}], "previous_response_id":null,"store":true}';
    const response = await fetch(`${sahab.address}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body,
    });
    expect(response.status).toBe(200);
    const call = vendor.callsFor("text").at(-1);
    expect(call?.text).toBe(body.replace('"store":true', '"store":false'));
    expect(call?.path).toBe("/v1/responses");
    expect(call?.headers.get("authorization")).toBe(`Bearer ${vendorKey}`);
  });

  test("the SDK's stream, with hosted tools that only this vendor has", async () => {
    const final = await openai.responses
      .stream({ model: "searches", input: "Hi", tools: [{ type: "web_search" }] })
      .finalResponse();
    expect(final.output.map(({ type }) => type)).toEqual(["web_search_call", "message"]);
    expect(vendor.callsFor("searches").at(-1)?.body["tools"]).toEqual([{ type: "web_search" }]);
  });

  for (const status of [400, 404, 429, 529])
    test(`an error of status ${status} reaches them byte for byte`, async () => {
      const response = await ask(String(status));
      expect(response.status).toBe(status);
      const script = scripts[status] as () => Response;
      expect(await response.text()).toBe(await script().text());
    });

  for (const status of [401, 500])
    test(`an error of status ${status} is told in our words`, async () => {
      const response = await ask(String(status));
      expect(response.status).toBe(502);
      const { error } = (await response.json()) as { error: { code: string; type: string; message: string } };
      expect(error).toMatchObject({
        type: "server_error",
        code: status === 401 ? "upstream_authentication" : "upstream_error",
      });
      expect(error.message).not.toContain("gpu-7");
    });

  test("a vendor's key in pieces of a text, which are recognised by their shape, ends the stream", async () => {
    const stream = await (await ask("leaks-in-text", { stream: true })).text();
    expect(stream).toContain("word11");
    expect(stream).not.toContain("34567");
    expect(stream).toContain("response.failed");
  });

  test("a stream that breaks ends as failed", async () => {
    for (const [model, code] of [
      ["breaks", "stream_interrupted"],
      ["fails", "upstream_error"],
    ] as const) {
      const stream = await (await ask(model, { stream: true })).text();
      expect(stream).not.toContain("response.completed");
      expect(stream).not.toContain("gpu-7");
      const last = stream.trim().split("\n\n").at(-1) ?? "";
      expect(JSON.parse(last.split("data: ")[1] ?? "")).toMatchObject({
        type: "response.failed",
        sequence_number: textStart.length + 1,
        response: { id: "resp_fake", status: "failed", error: { code } },
      });
    }
  });
});

describe("clients of OpenAI's chat", () => {
  for (const model of ["text", "pinned"])
    test(`a text of ${model}, whole and streamed, with all counts`, async () => {
      const { data, response } = await openai.chat.completions
        .create({ model, messages: user, max_tokens: 9, logit_bias: { "1": 1 } })
        .withResponse();
      expect(data.choices[0]).toMatchObject({ message: { content: text }, finish_reason: "stop" });
      expect(data.usage).toMatchObject({
        prompt_tokens: 100,
        completion_tokens: 20,
        prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 5 },
      });
      expect(response.headers.get("x-sahab-dropped")).toBe("logit_bias");
      expect(vendor.callsFor("text").at(-1)?.body).toEqual({
        model: "text",
        input: [{ type: "message", role: "user", content: "Hi" }],
        max_output_tokens: 9,
        // The conversation, for xAI.
        ...(model === "pinned" && { prompt_cache_key: expect.stringMatching(/^[0-9a-f]{32}$/) as string }),
        store: false,
      });
      let streamed = "";
      const stream = await openai.chat.completions.create({
        model,
        messages: user,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) {
        streamed += chunk.choices[0]?.delta.content ?? "";
        if (chunk.usage) expect(chunk.usage.total_tokens).toBe(responsesUsage.total_tokens);
      }
      expect(streamed).toBe(text);
    });

  for (const isStream of [false, true])
    test(`parallel tools over two turns, ${isStream ? "streamed" : "whole"}`, async () => {
      const tools: OpenAI.ChatCompletionTool[] = ["weather", "clock"].map((name) => ({
        type: "function",
        function: { name },
      }));
      const asked = { model: "tools", messages: user, tools };
      const first = isStream
        ? await openai.chat.completions.stream(asked).finalChatCompletion()
        : await openai.chat.completions.create(asked);
      const message = first.choices[0]?.message as OpenAI.ChatCompletionMessage;
      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      expect(message.tool_calls).toMatchObject([
        { id: "call_1", function: { name: "weather", arguments: '{"city":"Riyadh"}' } },
        { id: "call_2", function: { name: "clock", arguments: "{}" } },
      ]);
      const results = (message.tool_calls ?? []).map(({ id }) => ({
        role: "tool" as const,
        tool_call_id: id,
        content: "40",
      }));
      const next = await openai.chat.completions.create({ ...asked, messages: [...user, message, ...results] });
      expect(next.choices[0]?.message.content).toBe("It is hot.");
      const sent = vendor.callsFor("tools").at(-1)?.body["input"];
      expect(Array.isArray(sent) && sent.slice(1)).toMatchObject([
        // This client has no place for it, so that it is kept for the next turn.
        { type: "reasoning", encrypted_content: "c2VjcmV0" },
        { type: "function_call", call_id: "call_1", name: "weather" },
        { type: "function_call", call_id: "call_2", name: "clock" },
        { type: "function_call_output", call_id: "call_1", output: "40" },
        { type: "function_call_output", call_id: "call_2", output: "40" },
      ]);
    });

  test("what it thought, and an answer that was cut off", async () => {
    const thought = await openai.chat.completions.create({ model: "thinks", messages: user });
    expect(thought.choices[0]?.message).toMatchObject({ reasoning_content: "Hm.", content: "Yes." });
    for (const stream of [false, true]) {
      const asked = { model: "cut", messages: user };
      const answer = stream
        ? await openai.chat.completions
            .stream(asked)
            .finalChatCompletion()
            .catch((error: unknown) => error)
        : await openai.chat.completions.create(asked);
      // The SDK's helper throws for a length; that is its own way to tell it.
      if (answer instanceof Error) expect(answer.message).toContain("length");
      else expect((answer as OpenAI.ChatCompletion).choices[0]?.finish_reason).toBe("length");
    }
  });

  test.each<[string, number, string]>([
    ["400", 400, "upstream_rejected"],
    ["401", 502, "upstream_authentication"],
    ["429", 429, "upstream_rate_limited"],
    ["500", 502, "upstream_error"],
    ["529", 502, "upstream_error"],
  ])("an error of status %s", async (model, status, code) => {
    for (const stream of [false, true]) {
      const error: unknown = await openai.chat.completions
        .create({ model, messages: user, stream })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({ status, code });
    }
  });

  test("streams that break throw in the middle of the loop, and an error before the text has its status", async () => {
    for (const [model, code] of [
      ["breaks", "stream_interrupted"],
      ["fails", "upstream_error"],
    ] as const) {
      const read = async () => {
        for await (const _ of await openai.chat.completions.create({ model, messages: user, stream: true }));
      };
      expect(await read().catch((thrown: unknown) => thrown)).toMatchObject({ code });
    }
    const early: unknown = await openai.chat.completions
      .create({ model: "fails-at-once", messages: user, stream: true })
      .catch((thrown: unknown) => thrown);
    expect(early).toMatchObject({ status: 429 });
  });
});

describe("clients of Messages", () => {
  test("a text, a thought without its proof, calls, an end", async () => {
    const asked = { max_tokens: 9, messages: user };
    expect(await anthropic.messages.create({ ...asked, model: "text" })).toMatchObject({
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      usage: { input_tokens: 50, cache_read_input_tokens: 40, cache_creation_input_tokens: 10, output_tokens: 20 },
    });
    expect((await anthropic.messages.create({ ...asked, model: "thinks" })).content).toMatchObject([
      { type: "thinking", thinking: "Hm.", signature: "" },
      { type: "text", text: "Yes." },
    ]);
    const tools = [{ name: "weather", input_schema: { type: "object" as const } }];
    const streamed = await anthropic.messages.stream({ ...asked, model: "tools", tools }).finalMessage();
    expect(streamed).toMatchObject({
      stop_reason: "tool_use",
      content: [
        { type: "tool_use", id: "call_1", input: { city: "Riyadh" } },
        { type: "tool_use", id: "call_2", input: {} },
      ],
    });
    expect((await anthropic.messages.create({ ...asked, model: "cut" })).stop_reason).toBe("max_tokens");
  });
});
