import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { responses, messageItem } from "../testing/fake-responses.ts";
import {
  chatChunk,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamedChat,
  streamOf,
  usageEvent,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What the large vendors want said in their own way, and what they say in theirs.

const think: Script = wholeChat("Yes.");
const streamed = streamedChat(["Pea", "ce"]);
const scripts: Record<string, Script> = {
  "qwen-plus": think,
  "qwq-plus": (call) =>
    call.body["stream"] === true
      ? streamed(call)
      : errorAnswer(400, { message: "This model only support stream mode" }),
  "qvq-cut": (call) => streamOf([chatChunk({ role: "assistant", content: "Pea" })])(call),
  "ep-1": wholeChat("Yes.", { service_tier: "scale" }),
  "deepseek-flash": think,
  "grok-4.3": think,
  "grok-4.20-0309-reasoning": think,
  "grok-r": responses([messageItem("Yes.")]),
  "azure-async": streamOf([
    chatChunk(null, { id: "", model: "", object: "", prompt_filter_results: [] }),
    chatChunk({ role: "assistant", content: "" }),
    chatChunk({ content: "Peace" }),
    'data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false}},"content_filter_offsets":{"check_offset":0}}]}\n\n',
    chatChunk({}, {}, "stop"),
    'data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_offsets":{"check_offset":9}}]}\n\n',
    usageEvent(),
    doneEvent,
  ]),
};

let vendor: FakeVendor;
let sahab: TestSahab;
let openai: OpenAI;
let other: OpenAI;

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const { origin } = new URL(vendor.url);
  const providers = {
    alibaba: ["qwen-plus", "qwq-plus", "qvq-cut"],
    bytedance: ["ep-1"],
    deepseek: ["deepseek-flash"],
    xai: ["grok-4.3", "grok-4.20-0309-reasoning"],
    "azure-openai": ["azure-async"],
  };
  sahab = await runSahab({
    config: {
      providers: [
        ...Object.keys(providers).map((name) => ({ name, vendor: name, base_url: origin, api_key: "key-1234567890" })),
        { name: "xai-responses", vendor: "xai", base_url: origin, api_key: "key-1234567890", apis: ["responses"] },
      ],
      models: [...Object.entries(providers), ["xai-responses", ["grok-r"]] as const].flatMap(([provider, models]) =>
        models.map((name) => ({
          name,
          targets: [{ provider, model: name }],
          price: { currency: "USD", input: 1, cached_input: 0.5, output: 3 },
        })),
      ),
      projects: [{ name: "default" }, { name: "second" }],
    },
  });
  const clientOf = async (project: string) =>
    new OpenAI({
      baseURL: `${sahab.address}/v1`,
      apiKey: (await sahab.adminJson<{ key: string }>("/keys", { method: "POST", json: { name: project, project } }))
        .key,
      maxRetries: 0,
    });
  openai = await clientOf("default");
  other = await clientOf("second");
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

async function sentFor(model: string, extra: object, client = openai) {
  const { response } = await client.chat.completions
    .create({ model, messages: [{ role: "user", content: "hi" }], ...extra })
    .withResponse();
  const call = vendor.callsFor(model).at(-1);
  return { body: call?.body, headers: call?.headers, dropped: response.headers.get("x-sahab-dropped") };
}

describe("a client that says reasoning_effort", () => {
  test.each<[string, string, object]>([
    ["qwen-plus", "high", { enable_thinking: true, thinking_budget: 16_384 }],
    ["qwen-plus", "none", { enable_thinking: false }],
    ["ep-1", "minimal", { thinking: { type: "enabled" }, reasoning_effort: "minimal" }],
    ["ep-1", "none", { thinking: { type: "disabled" } }],
    ["ep-1", "xhigh", { thinking: { type: "enabled" }, reasoning_effort: "high" }],
    ["deepseek-flash", "medium", { thinking: { type: "enabled" }, reasoning_effort: "high" }],
    ["deepseek-flash", "none", { thinking: { type: "disabled" } }],
    ["grok-4.3", "low", { reasoning_effort: "low" }],
    ["grok-4.3", "none", { reasoning_effort: "none" }],
  ])("%s is asked in its own words: %s", async (model, reasoning_effort, expected) => {
    const { body = {}, dropped } = await sentFor(model, { reasoning_effort });
    const { thinking, enable_thinking, thinking_budget, reasoning_effort: effort } = body;
    expect(
      JSON.parse(JSON.stringify({ thinking, enable_thinking, thinking_budget, reasoning_effort: effort })),
    ).toEqual(expected);
    expect(dropped).toBeNull();
  });

  test("hears of it where the model takes none", async () => {
    const { body, dropped } = await sentFor("grok-4.20-0309-reasoning", { reasoning_effort: "high" });
    expect(body).not.toHaveProperty("reasoning_effort");
    expect(dropped).toBe("reasoning_effort");
  });

  test("and the vendor's own field has said it already", async () => {
    const { body } = await sentFor("qwen-plus", { reasoning_effort: "high", enable_thinking: false });
    expect(body).toMatchObject({ enable_thinking: false, reasoning_effort: "high" });
  });
});

test("OpenRouter's object of reasoning reaches chat vendors as it came", async () => {
  const reasoning = { effort: "high", exclude: true };
  for (const model of ["ep-1", "grok-4.3"]) {
    const { body, dropped } = await sentFor(model, { reasoning });
    expect([body?.["reasoning"], dropped]).toEqual([reasoning, null]);
  }
});

test("a thinking model that only streams answers whole all the same", async () => {
  const answer = await openai.chat.completions.create({
    model: "qwq-plus",
    messages: [{ role: "user", content: "hi" }],
  });
  expect(answer.choices[0]?.message.content).toBe("Peace");
  expect(answer.usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 20 });
  expect(vendor.callsFor("qwq-plus").at(-1)?.body).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("what was streamed for a whole answer, and cut, is no answer", async () => {
  const messages = [{ role: "user" as const, content: "hi" }];
  const failure: unknown = await openai.chat.completions.create({ model: "qvq-cut", messages }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ status: 502, code: "stream_interrupted" });
});

test("of two bounds that Ark refuses beside each other one goes out", async () => {
  const both = await sentFor("ep-1", { max_tokens: 100, max_completion_tokens: 200 });
  expect(both.body).not.toHaveProperty("max_tokens");
  expect(both.body).toMatchObject({ model: "ep-1", max_completion_tokens: 200 });
  expect((await sentFor("ep-1", { max_tokens: 100 })).body).toMatchObject({ max_tokens: 100 });
});

test("a conversation at xAI has a name: by the client's word for it, else by its project", async () => {
  const nameOf = async (extra: object, client = openai) => {
    const { headers } = await sentFor("grok-4.3", extra, client);
    return headers?.get("x-grok-conv-id") ?? "";
  };
  const first = await nameOf({ prompt_cache_key: "chat-1" });
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(await nameOf({ prompt_cache_key: "chat-1" })).toBe(first);
  expect(await nameOf({ prompt_cache_key: "chat-2" })).not.toBe(first);
  // Another project's conversation of the same name is another one.
  expect(await nameOf({ prompt_cache_key: "chat-1" }, other)).not.toBe(first);
  const plain = await nameOf({});
  expect(await nameOf({})).toBe(plain);
  expect(await nameOf({}, other)).not.toBe(plain);
});

test("Responses at xAI carry it as a field, unless the client does", async () => {
  const keyOf = async (extra: object) => {
    await openai.responses.create({ model: "grok-r", input: "hi", ...extra });
    return vendor.callsFor("grok-r").at(-1)?.body["prompt_cache_key"];
  };
  expect(await keyOf({})).toMatch(/^[0-9a-f]{32}$/);
  expect(await keyOf({ prompt_cache_key: "mine" })).toBe("mine");
});

test("Azure's chunks without a delta pass to clients of its own format, and say nothing to others", async () => {
  const messages = [{ role: "user" as const, content: "hi" }];
  const stream = await openai.chat.completions.create({ model: "azure-async", messages, stream: true });
  const chunks = await Array.fromAsync(stream);
  expect(chunks.filter(({ choices }) => choices[0] && !("delta" in choices[0]))).toHaveLength(2);
  expect(chunks.map(({ choices }) => choices[0]?.delta?.content ?? "").join("")).toBe("Peace");
  expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(["stop"]);
  const anthropic = new Anthropic({ baseURL: sahab.address, apiKey: openai.apiKey, maxRetries: 0 });
  const message = await anthropic.messages.stream({ model: "azure-async", messages, max_tokens: 99 }).finalMessage();
  expect(message).toMatchObject({ content: [{ type: "text", text: "Peace" }], stop_reason: "end_turn" });
});
