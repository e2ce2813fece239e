import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { messageEvent, messageEvents, messagesWhole } from "../testing/fake-anthropic.ts";
import {
  chatChunk,
  chatEvents,
  doneEvent,
  startFakeVendor,
  streamOf,
  wholeChat,
  type FakeVendor,
  type Script,
  type VendorCall,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Vendors keep what they have computed of a prompt, and say how much of the next one they had. Who shares such a cache can
// find out another's prompt, piece by piece.

/** Prompts by the tag that they came with: a prefix cache of whole texts. */
const cache = new Map<string, Set<string>>();

const promptOf = (call: VendorCall) => JSON.stringify(call.body["messages"]);
const cached = (call: VendorCall): number => {
  const { cache_salt, user_id, metadata } = call.body as {
    cache_salt?: string;
    user_id?: string;
    metadata?: { user_id?: string };
  };
  const tag = cache_salt ?? user_id ?? metadata?.user_id ?? "";
  const seen = cache.get(tag) ?? new Set();
  const hit = seen.has(promptOf(call));
  cache.set(tag, seen.add(promptOf(call)));
  return hit ? 90 : 0;
};

/** Counts in every place that a vendor is known to use, and in ones that nobody knows. */
const chatUsage = (hit: number) => ({
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: hit, cache_write_tokens: 100 - hit - 10 },
  prompt_cache_hit_tokens: hit,
  prompt_cache_miss_tokens: 100 - hit,
  cached_tokens: hit,
  cost: hit === 0 ? 0.5 : 0.1,
});
const tells = (hit: number) => ({
  timings: { cache_n: hit, prompt_n: 100 - hit },
  x_groq: { usage: chatUsage(hit) },
  x_unknown: `hit=${hit}`,
});

const chatScript: Script = (call) => {
  const hit = cached(call);
  const extra = { usage: chatUsage(hit), ...tells(hit) };
  if (call.body["stream"] !== true) return wholeChat("Hi", extra)(call);
  const [role = "", word = "", end = ""] = chatEvents(["Hi"]);
  const early = chatChunk({ content: "!" }, extra);
  return streamOf([role, word, early, end, chatChunk(null, extra), doneEvent], { headers: { "x-cache": `${hit}` } })(
    call,
  );
};
const messagesScript: Script = (call) => {
  const hit = cached(call);
  const usage = {
    input_tokens: 10,
    cache_read_input_tokens: hit,
    cache_creation_input_tokens: 90 - hit,
    cache_creation: { ephemeral_5m_input_tokens: 90 - hit },
    output_tokens: 20,
  };
  if (call.body["stream"] !== true) return messagesWhole("Hi", { usage, ...tells(hit) })(call);
  const [, ...events] = messageEvents([{ type: "text", text: "Hi" }]);
  const message = { id: "msg_1", type: "message", role: "assistant", model: "m", content: [], stop_reason: null };
  const start = messageEvent({ type: "message_start", message: { ...message, stop_sequence: null, usage } });
  const all = events.map((event) =>
    event.includes('"message_delta"')
      ? messageEvent({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage })
      : event,
  );
  return streamOf([start, ...all])(call);
};

const script: Script = (call) => (call.path.endsWith("/messages") ? messagesScript : chatScript)(call);
const names = ["salted", "deep", "deep-messages", "named", "untagged", "hiding", "hiding-messages", "listed"];

let vendor: FakeVendor;
let sahab: TestSahab;
const keys: Record<string, string> = {};

beforeAll(async () => {
  vendor = startFakeVendor(Object.fromEntries(names.map((name) => [name, script])));
  const base = `http://127.0.0.1:${vendor.port}`;
  const provider = (name: string, fields: object) => ({ name, base_url: base, api_key: "k-1", ...fields });
  sahab = await runSahab({
    config: {
      providers: [
        provider("salted", { vendor: "vllm" }),
        provider("deep", { vendor: "deepseek", apis: ["chat"] }),
        provider("deep-messages", { vendor: "deepseek", apis: ["messages"] }),
        provider("named", { vendor: "compatible", cache_tag: "cache_salt" }),
        provider("untagged", { vendor: "vllm", cache_tag: "none" }),
        provider("hiding", { vendor: "compatible", isolate_cache: true }),
        provider("hiding-messages", { vendor: "anthropic", isolate_cache: true }),
        provider("listed", { vendor: "vllm", pass_fields: ["cache_salt"] }),
      ],
      models: names.map((name) => ({
        name,
        targets: [{ provider: name, model: name }],
        price: { currency: "USD", input: 10, cached_input: 1, cache_write: 12, output: 10 },
      })),
      projects: [{ name: "a" }, { name: "b" }, { name: "guest", isolate_cache: true }],
    },
  });
  for (const project of ["a", "b", "guest"]) keys[project] = (await sahab.createKey({ project })).key;
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const dialects = ["chat", "messages"] as const;
/** Asks as the project through the official SDK; what the client saw, as text. */
async function ask(project: string, model: string, content: string, how: { dialect: string; stream: boolean }) {
  const apiKey = keys[project] ?? "";
  const messages = [{ role: "user" as const, content }];
  if (how.dialect === "chat") {
    const client = new OpenAI({ apiKey, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
    if (!how.stream) return JSON.stringify(await client.chat.completions.create({ model, messages }));
    const options = { include_usage: true };
    const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: options });
    return JSON.stringify(await Array.fromAsync(stream));
  }
  const client = new Anthropic({ apiKey, baseURL: sahab.address, maxRetries: 0 });
  const body = { model, messages, max_tokens: 50 };
  if (!how.stream) return JSON.stringify(await client.messages.create(body));
  return JSON.stringify(await Array.fromAsync(await client.messages.create({ ...body, stream: true })));
}
const ways = dialects.flatMap((dialect) => [false, true].map((stream) => ({ dialect, stream })));
const isHit = (text: string) => /(?:cached_tokens|cache_read_input_tokens)":90/.test(text);

describe.each(["salted", "deep", "deep-messages", "named"])("provider %s keeps projects apart by a tag", (model) => {
  test.each(ways)("asked in $dialect, stream $stream", async (how) => {
    const secret = `the PIN is ${Bun.randomUUIDv7()}`;
    expect(isHit(await ask("a", model, secret, how))).toBe(false);
    expect(isHit(await ask("b", model, secret, how))).toBe(false);
    // Its own prompts are found again.
    expect(isHit(await ask("a", model, secret, how))).toBe(true);
  });
});

test("without a tag the trick works, which is why there is one", async () => {
  const secret = `the PIN is ${Bun.randomUUIDv7()}`;
  await ask("a", "untagged", secret, { dialect: "chat", stream: false });
  expect(isHit(await ask("b", "untagged", secret, { dialect: "chat", stream: false }))).toBe(true);
});

const post = (project: string, model: string, extra: object) =>
  sahab.call(
    "/v1/chat/completions",
    { model, messages: [{ role: "user", content: "hi" }], ...extra },
    { key: keys[project] ?? "" },
  );
const tagOf = async (project: string, model: string, extra: object = {}) => {
  const response = await post(project, model, extra);
  await response.text();
  const body = vendor.callsFor(model).at(-1)?.body;
  return {
    tag: body?.["cache_salt"] ?? body?.["user_id"],
    dropped: response.headers.get("x-sahab-dropped"),
    status: response.status,
  };
};

describe("a tag", () => {
  test("tells no name, is one per project and provider, and stays after a restart", async () => {
    const tags = [
      await tagOf("a", "salted"),
      await tagOf("b", "salted"),
      await tagOf("a", "deep"),
      await tagOf("a", "named"),
    ].map(({ tag }) => String(tag));
    for (const tag of tags) expect(tag).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(tags).size).toBe(4);
    await sahab.restart();
    expect((await tagOf("a", "salted")).tag).toBe(tags[0]);
  });

  test("of a client's own choice is left out and named", async () => {
    const own = await tagOf("a", "salted");
    const other = await tagOf("b", "salted", { cache_salt: own.tag });
    expect(other.dropped).toBe("cache_salt");
    expect(other.tag).toBe((await tagOf("b", "salted")).tag);
    expect((await tagOf("b", "deep", { user_id: "someone" })).dropped).toBe("user_id");
    for (const field of ["Cache_Salt", "CACHE_SALT"])
      expect((await tagOf("b", "salted", { [field]: own.tag })).status).toBe(400);
  });

  test("counts the client's own in where it may pass, and still keeps projects apart", async () => {
    const plain = await tagOf("a", "listed");
    const [first, again, other, ofB] = [
      await tagOf("a", "listed", { cache_salt: "x" }),
      await tagOf("a", "listed", { cache_salt: "x" }),
      await tagOf("a", "listed", { cache_salt: "y" }),
      await tagOf("b", "listed", { cache_salt: "x" }),
    ];
    expect(first?.tag).toBe(again?.tag);
    expect(new Set([plain, first, other, ofB].map((one) => one?.tag)).size).toBe(4);
    expect(first?.dropped).toBeNull();
  });
});

describe.each(["hiding", "hiding-messages"])("isolate_cache of provider %s", (model) => {
  test.each(ways)("hides what came from the cache, asked in $dialect, stream $stream", async (how) => {
    const prompt = `secret ${Bun.randomUUIDv7()}`;
    const answers: string[] = [];
    for (const project of ["a", "b", "b"]) answers.push(await ask(project, model, prompt, how));
    const [first, second, third] = answers.map(withoutIds);
    expect(second).toBe(first);
    expect(third).toBe(first);
    for (const answer of answers) expect(answer).not.toMatch(/"cost|timings|x_groq|x_unknown|cache_hit/);
    const [last, before] = await sahab.records();
    // The operator sees the truth.
    expect([last?.tokens.cached_input, before?.tokens.cached_input]).toEqual([90, 90]);
    expect(Number(last?.cost)).toBeGreaterThan(0);
  });

  test("counts the whole prompt, as if nothing had been cached", async () => {
    const answer = JSON.parse(await ask("a", model, "hi", { dialect: "messages", stream: false })) as {
      usage: Record<string, unknown>;
    };
    expect(answer.usage).toMatchObject({ input_tokens: 100, cache_read_input_tokens: 0, output_tokens: 20 });
    const chat = JSON.parse(await ask("a", model, "hi", { dialect: "chat", stream: false })) as {
      usage: Record<string, unknown>;
    };
    expect(chat.usage).toEqual({
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
  });

  test("no header of the vendor's tells", async () => {
    const response = await post("a", model, { stream: true });
    await response.text();
    expect(response.headers.get("x-cache")).toBeNull();
  });
});

test.each(ways)(
  "a project with isolate_cache reads no counts at any provider, asked in $dialect, stream $stream",
  async (how) => {
    const prompt = `secret ${Bun.randomUUIDv7()}`;
    expect(isHit(await ask("a", "untagged", prompt, how))).toBe(false);
    const answer = await ask("guest", "untagged", prompt, how);
    expect(isHit(answer)).toBe(false);
    expect(answer).not.toMatch(/"cost|timings|x_groq|x_unknown|cache_hit|:90[,}]/);
    expect(isHit(await ask("b", "untagged", prompt, how))).toBe(true);
  },
);

function withoutIds(answer: string): string {
  return answer.replace(/"(?:_?request_id|id)":"[^"]*"/g, "").replace(/"created":\d+/g, "");
}

test("only headers that the dialect has reach a vendor", async () => {
  const odd = ["x-litellm-tags", "openai-organization", "x-portkey-config", "helicone-auth", "x-grok-conv-id"];
  const headers = Object.fromEntries(odd.map((name) => [name, "x"]));
  const body = { model: "hiding-messages", max_tokens: 5, messages: [{ role: "user", content: "hi" }] };
  await sahab.call("/v1/messages", body, { key: keys["a"] ?? "", headers: { ...headers, "anthropic-beta": "b-1" } });
  const sent = vendor.callsFor("hiding-messages").at(-1)?.headers;
  expect(odd.filter((name) => sent?.has(name))).toEqual([]);
  expect(sent?.get("anthropic-beta")).toBe("b-1");
});
