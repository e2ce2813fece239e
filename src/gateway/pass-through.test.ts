import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chatChunk,
  chatEvents,
  chat,
  doneEvent,
  startFakeVendor,
  streamedChat,
  streamOf,
  usageEvent,
  vendorUsage,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The same dialect on both sides: bytes pass, and only what is documented changes.

const vendorKey = "vk-5c1f0a7e-vendor-only";
const secretPrompt = "the-prompt-that-no-log-may-hold";
const words = ["Grüße ", "云 ", '"quoted" \\ ', "end"];

const scripts: Record<string, Script> = {
  plain: chat(words),
  "vendor-name": chat(words),
  "whole-unknown": wholeChat("Hi", {
    x_vendor: { trace: [1, 2.5e-7, "é"] },
    usage: { ...vendorUsage, cost_in_usd_ticks: 158_500, nested: { deep: true } },
  }),
  "no-usage": (call) =>
    call.body["stream"] === true
      ? streamOf([...chatEvents(words), doneEvent])(call)
      : wholeChat("Hi there", { usage: undefined })(call),
  comments: streamOf([
    ": keep-alive\n\n",
    chatEvents(words)[0] ?? "",
    ": ping\n\n",
    ...chatEvents(words).slice(1),
    doneEvent,
  ]),
  crlf: streamOf([...chatEvents(words), usageEvent(), doneEvent].map((event) => event.replaceAll("\n", "\r\n"))),
  "usage-in-every-chunk": streamOf([
    chatChunk(
      { role: "assistant", content: "A" },
      { usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 } },
    ),
    chatChunk({ content: "B" }, { usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } }),
    chatChunk({}, { usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } }, "stop"),
    doneEvent,
  ]),
  "null-usage": streamOf([
    chatChunk({ role: "assistant", content: "A" }, { usage: null }),
    chatChunk({}, { usage: null }, "stop"),
    usageEvent(),
    doneEvent,
  ]),
  "ids-and-names": streamOf([
    `id: 7\nevent: chunk\nretry: 100\n${chatEvents(words)[1] ?? ""}`,
    chatChunk({}, {}, "stop"),
    doneEvent,
  ]),
  "long-numbers": streamOf([
    ...chatEvents(["Hi"]).slice(0, 2),
    'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","request_no":9007199254740993,"choices":[{"index":0,"delta":{"trace":4611686018427387905},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"ticket":4611686018427387905}}\n\n',
    doneEvent,
  ]),
  embed: () =>
    Response.json({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.25, -0.5] }],
      model: "embed",
      usage: { prompt_tokens: 4, total_tokens: 4 },
    }),
  "embed-no-usage": () =>
    Response.json({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: Array.from({ length: 500 }, (_, i) => i / 7) }],
      model: "embed-no-usage",
    }),
  legacy: () =>
    Response.json({
      id: "cmpl-1",
      object: "text_completion",
      created: 1,
      model: "legacy",
      choices: [{ index: 0, text: "and so on", logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    }),
};
for (const size of [1, 2, 3, 7, 64]) scripts[`split-${size}`] = streamedChat(words, { splitAt: size });

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const price = { currency: "CNY", input: 4, cached_input: 1, output: 16 };
// (100 − 40) × 4 + 40 × 1 + 20 × 16 = 600 per million.
const costOfVendorUsage = "0.0006";

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  sahab = await runSahab({
    env: { SAHAB_LOG: "trace" },
    config: {
      providers: [
        {
          name: "fake",
          vendor: "compatible",
          base_url: vendor.url,
          api_key: vendorKey,
          headers: { "X-Team": "blue", "User-Agent": "custom-agent" },
        },
      ],
      models: [
        ...Object.keys(scripts).map((name) => ({ name, targets: [{ provider: "fake", model: name }], price })),
        { name: "renamed", targets: [{ provider: "fake", model: "vendor-name" }], price },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const messages = [{ role: "user", content: secretPrompt }];
const ask = (body: unknown, headers: Record<string, string> = {}) =>
  sahab.call("/v1/chat/completions", body, { key, headers });
const lastCall = (model: string) => {
  const call = vendor.callsFor(model).at(-1);
  if (!call) throw new Error(`the vendor was not called for ${model}`);
  return call;
};

test("numbers of an event that gains its cost keep their digits", async () => {
  const text = await (await ask({ model: "long-numbers", stream: true, messages })).text();
  expect(text).toContain('"request_no":9007199254740993,');
  expect(text).toContain('"trace":4611686018427387905}');
  // 7 × 4 + 3 × 16 = 76 per million.
  expect(text).toContain(
    '"total_tokens":10,"ticket":4611686018427387905,"cost":"0.000076","cost_currency":"CNY"}}\n\n',
  );
});

describe("the request that the vendor sees", () => {
  test("with the same model name its bytes are the client's", async () => {
    const text = `{ "model" : "plain",\n  "messages": [{"role":"user","content":"a\\u00e9\\n"}], "x_unknown": [1e2, {"k":-0.10}], "temperature":0.70 }`;
    const response = await ask(text);
    await response.text();
    expect(response.status).toBe(200);
    expect(lastCall("plain").text).toBe(text);
  });

  test("another model name is the only change", async () => {
    const text = `{"messages":[{"role":"user","content":"\\"model\\":\\"renamed\\""}],"x_metadata":{"model":"renamed"}, "model" :  "renamed" ,"n":1}`;
    await (await ask(text)).text();
    expect(lastCall("vendor-name").text).toBe(text.replace(`"model" :  "renamed"`, `"model" :  "vendor-name"`));
  });

  test("an escaped key is the same key", async () => {
    const response = await ask(`{"mod\\u0065l":"renamed","messages":[{"role":"user","content":"x"}]}`);
    await response.text();
    expect(response.status).toBe(200);
    expect(lastCall("vendor-name").body["model"]).toBe("vendor-name");
  });

  test("usage is asked for in streams, and other stream options stay", async () => {
    await (await ask({ model: "plain", stream: true, messages })).text();
    expect(lastCall("plain").body["stream_options"]).toEqual({ include_usage: true });
    await (
      await ask({
        model: "plain",
        stream: true,
        stream_options: { chunk_include_usage: true, include_usage: false },
        messages,
      })
    ).text();
    expect(lastCall("plain").body["stream_options"]).toEqual({ chunk_include_usage: true, include_usage: true });
    await (await ask({ model: "plain", stream: true, stream_options: null, messages })).text();
    expect(lastCall("plain").body["stream_options"]).toEqual({ include_usage: true });
  });

  test("a stream whose client asks for usage itself passes unchanged", async () => {
    const text = JSON.stringify({ model: "plain", stream: true, stream_options: { include_usage: true }, messages });
    await (await ask(text)).text();
    expect(lastCall("plain").text).toBe(text);
  });

  test("it carries the vendor's key and headers, and nothing of the client's", async () => {
    await (
      await ask(
        { model: "plain", messages },
        {
          "x-client-secret": "client-only-value",
          cookie: "session=1",
          "openai-organization": "org-client",
          "x-api-key": key,
        },
      )
    ).text();
    const { headers } = lastCall("plain");
    expect(headers.get("authorization")).toBe(`Bearer ${vendorKey}`);
    expect(headers.get("x-team")).toBe("blue");
    expect(headers.get("user-agent")).toBe("custom-agent");
    const all = JSON.stringify([...headers]);
    for (const leaked of [key, "client-only-value", "session=1", "org-client", sahab.adminKey])
      expect(all).not.toContain(leaked);
  });

  test("each operation goes to its path", async () => {
    await (await sahab.call("/v1/embeddings", { model: "embed", input: "x" }, { key })).text();
    await (await sahab.call("/v1/completions", { model: "legacy", prompt: "x" }, { key })).text();
    expect(lastCall("embed").path).toBe("/v1/embeddings");
    expect(lastCall("legacy").path).toBe("/v1/completions");
    expect(lastCall("plain").path).toBe("/v1/chat/completions");
  });
});

describe("the whole answer that the client sees", () => {
  test("unknown fields stay; usage gains its cost", async () => {
    const response = await ask({ model: "whole-unknown", messages });
    const body = (await response.json()) as Record<string, unknown>;
    expect(body["x_vendor"]).toEqual({ trace: [1, 2.5e-7, "é"] });
    expect(body["usage"]).toEqual({
      ...vendorUsage,
      cost_in_usd_ticks: 158_500,
      nested: { deep: true },
      cost: costOfVendorUsage,
      cost_currency: "CNY",
    });
    expect(body["choices"]).toHaveLength(1);
  });

  test("its headers tell the request and who served it", async () => {
    const response = await ask({ model: "renamed", messages });
    await response.text();
    expect(response.headers.get("x-request-id")).toMatch(/^req_[0-9a-z]{26}$/);
    expect(response.headers.get("x-sahab-provider")).toBe("fake");
    expect(response.headers.get("x-sahab-model")).toBe("vendor-name");
    expect(response.headers.get("x-sahab-attempts")).toBe("1");
    expect(response.headers.get("content-type")).toBe("application/json");
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect(record).toMatchObject({
      model: "renamed",
      provider: "fake",
      operation: "chat",
      status: 200,
      outcome: "ok",
      stream: false,
      estimated: false,
      tokens: { input: 100, cached_input: 40, output: 20, reasoning: 5 },
      cost: costOfVendorUsage,
      currency: "CNY",
      time_to_first_token_ms: null,
    });
  });

  test("without usage from the vendor the record is an estimate", async () => {
    const response = await ask({ model: "no-usage", messages });
    expect(((await response.json()) as { usage?: unknown }).usage).toBeUndefined();
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect(record.estimated).toBeTrue();
    expect(record.tokens.input).toBeGreaterThan(0);
    // "Hi there" is two or three tokens; the JSON around it is not the model's.
    expect(record.tokens.output).toBeGreaterThan(0);
    expect(record.tokens.output).toBeLessThan(12);
  });

  test("embeddings have no output tokens, with usage or without", async () => {
    const counted = await sahab.call("/v1/embeddings", { model: "embed", input: "hello" }, { key });
    expect(((await counted.json()) as { usage: unknown }).usage).toEqual({
      prompt_tokens: 4,
      total_tokens: 4,
      cost: "0.000016",
      cost_currency: "CNY",
    });
    const uncounted = await sahab.call("/v1/embeddings", { model: "embed-no-usage", input: "hello you" }, { key });
    await uncounted.text();
    const record = await sahab.record(uncounted.headers.get("x-request-id"));
    expect(record).toMatchObject({ operation: "embedding", estimated: true, tokens: { output: 0 } });
    expect(record.tokens.input).toBeGreaterThan(0);
  });
});

describe("the stream that the client sees", () => {
  const streamText = async (model: string, extra: object = {}) => {
    const response = await ask({ model, stream: true, messages, ...extra });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    return { response, text: await response.text() };
  };

  test("is the vendor's, byte for byte, without the usage event that only Sahab asked for", async () => {
    const { response, text } = await streamText("plain");
    expect(text).toBe([...chatEvents(words), doneEvent].join(""));
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect(record).toMatchObject({
      stream: true,
      estimated: false,
      tokens: { input: 100, cached_input: 40, output: 20, reasoning: 5 },
      cost: costOfVendorUsage,
    });
    expect(record.time_to_first_token_ms).not.toBeNull();
  });

  test("has the usage with its cost where it asked for it", async () => {
    const { text } = await streamText("plain", { stream_options: { include_usage: true } });
    const head = chatEvents(words).join("");
    expect(text).toStartWith(head);
    expect(text).toEndWith(doneEvent);
    const event = text.slice(head.length, -doneEvent.length);
    expect(JSON.parse(event.slice("data: ".length))).toMatchObject({
      id: "chatcmpl-fake",
      choices: [],
      system_fingerprint: "fp_fake",
      usage: { ...vendorUsage, cost: costOfVendorUsage, cost_currency: "CNY" },
    });
  });

  for (const size of [1, 2, 3, 7, 64]) {
    test(`survives writes of ${size} bytes, which cut characters and line ends`, async () => {
      const { text } = await streamText(`split-${size}`);
      expect(text).toBe([...chatEvents(words), doneEvent].join(""));
    });
  }

  test("keeps comments and their place", async () => {
    const { text } = await streamText("comments");
    expect(text).toStartWith(": keep-alive\n\ndata: ");
    expect(text.indexOf(": ping")).toBeGreaterThan(text.indexOf("assistant"));
    expect(text).toEndWith(doneEvent);
  });

  test("with CRLF ends as it came, the hidden usage apart", async () => {
    const { response, text } = await streamText("crlf");
    expect(text).toStartWith(chatEvents(words).join("").replaceAll("\n", "\r\n"));
    expect(text).not.toContain("prompt_tokens");
    expect(text).toContain("data: [DONE]");
    expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({ estimated: false });
  });

  test("with a usage in every chunk is counted once, by the last", async () => {
    const { response, text } = await streamText("usage-in-every-chunk");
    expect(text).toContain('"content":"A"');
    expect(text).toContain('"content":"B"');
    expect(text).toContain('"finish_reason":"stop"');
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect(record).toMatchObject({ estimated: false, tokens: { input: 9, output: 3 }, cost: "0.000084" });
  });

  test("with null usage in its chunks loses only the last", async () => {
    const { text } = await streamText("null-usage");
    expect(text.match(/"usage":null/g)).toHaveLength(2);
    expect(text).not.toContain("prompt_tokens");
  });

  test("keeps ids and names of events", async () => {
    const { text } = await streamText("ids-and-names");
    expect(text).toStartWith("id: 7\nevent: chunk\nretry: 100\ndata: ");
  });

  test("without usage from the vendor is estimated from what went through", async () => {
    const { response } = await streamText("no-usage", { stream_options: { include_usage: true } });
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect(record).toMatchObject({ estimated: true, outcome: "ok", status: 200 });
    expect(record.tokens.output).toBeGreaterThan(3);
    expect(record.tokens.output).toBeLessThan(30);
  });
});

test("logs hold no key, no prompt and no answer", () => {
  const logs = sahab.logs() + sahab.stdout();
  for (const secret of [key, vendorKey, secretPrompt, "Grüße", key.slice(20)]) expect(logs).not.toContain(secret);
});
