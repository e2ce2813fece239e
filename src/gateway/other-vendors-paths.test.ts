import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, startFakeVendor, vendorUsage, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The paths of vendors whose clients speak OpenAI's dialect below another base address, and the fields that are theirs alone.

const vectors: Script = () =>
  Response.json({
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [1] }],
    model: "m",
    usage: { prompt_tokens: 1, total_tokens: 1 },
  });
/** As Ark's "Context API" page shows it, the ttl as a text included. */
const context = {
  id: "ctx-1",
  model: "m",
  ttl: "3600",
  mode: "session",
  truncation_strategy: { type: "last_history_tokens", last_history_tokens: 4_096 },
  usage: { prompt_tokens: 18, completion_tokens: 0, total_tokens: 18, prompt_tokens_details: { cached_tokens: 0 } },
};
const script: Script = (call) => {
  if (call.path.endsWith("/context/create")) return Response.json(context);
  if (call.path.endsWith("/embeddings")) return vectors(call);
  if (!call.path.endsWith("/completions") || call.path.endsWith("/chat/completions")) return chat(["Hi"])(call);
  return Response.json({ id: "c", choices: [{ index: 0, text: "b", finish_reason: "stop" }], usage: vendorUsage });
};
const names = ["deepseek", "ark", "ark-contexts", "alibaba", "plain"] as const;

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor(Object.fromEntries(names.map((name) => [name, script])));
  const base_url = `http://127.0.0.1:${vendor.port}`;
  sahab = await runSahab({
    config: {
      providers: [
        { name: "deepseek", vendor: "deepseek", base_url, api_key: "k" },
        { name: "ark", vendor: "bytedance", base_url, api_key: "k" },
        { name: "ark-contexts", vendor: "bytedance", base_url, api_key: "k", pass_fields: ["context_id", "ttl"] },
        { name: "alibaba", vendor: "alibaba", base_url: `${base_url}/compatible-mode/v1`, api_key: "k" },
        { name: "plain", vendor: "compatible", base_url },
      ],
      models: names.map((name) => ({
        name,
        targets: [{ provider: name, model: name }],
        price: { currency: "USD", input: 1, output: 1, ...(name === "ark-contexts" && { cached_input: 0.2 }) },
      })),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const messages = [{ role: "user", content: "Hi" }];
const get = (path: string) => fetch(`${sahab.address}${path}`, { headers: { authorization: `Bearer ${key}` } });

async function askedAt(path: string, body: Record<string, unknown>) {
  const before = vendor.calls.length;
  const response = await sahab.call(path, body, { key });
  const json = (await response.json()) as { error?: { code: string; param: string } };
  const call = vendor.calls.at(before);
  return { status: response.status, error: json.error, path: call?.path, body: call?.body };
}

test.each([
  "/v1/chat/completions",
  "/compatible-mode/v1/chat/completions",
  "/api/v3/chat/completions",
  "/chat/completions",
  "/beta/chat/completions",
])("chat at %s", async (path) => {
  expect(await askedAt(path, { model: "plain", messages })).toMatchObject({
    status: 200,
    path: "/v1/chat/completions",
  });
});

test.each(["/v1/completions", "/compatible-mode/v1/completions", "/completions", "/beta/completions"])(
  "completions at %s",
  async (path) => {
    expect(await askedAt(path, { model: "plain", prompt: "a" })).toMatchObject({
      status: 200,
      path: "/v1/completions",
    });
  },
);

test.each(["/v1/embeddings", "/compatible-mode/v1/embeddings", "/api/v3/embeddings", "/embeddings"])(
  "embeddings at %s",
  async (path) => {
    expect(await askedAt(path, { model: "plain", input: "a" })).toMatchObject({ status: 200, path: "/v1/embeddings" });
  },
);

test.each(["/v1/models", "/compatible-mode/v1/models", "/models"])("models at %s", async (path) => {
  const { data } = (await (await get(path)).json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual([...names]);
});

test("a balance, for callers with a key", async () => {
  expect(await (await get("/user/balance")).json()).toEqual({ is_available: true, balance_infos: [] });
  expect((await fetch(`${sahab.address}/user/balance`)).status).toBe(401);
});

test("DeepSeek's beta is asked only for what is there alone", async () => {
  const prefix = { role: "assistant", content: "Once", prefix: true };
  const plain = "/chat/completions";
  for (const path of [plain, "/beta/chat/completions", "/v1/chat/completions"]) {
    expect(await askedAt(path, { model: "deepseek", messages })).toMatchObject({ status: 200, path: plain });
    expect(await askedAt(path, { model: "deepseek", messages: [...messages, prefix] })).toMatchObject({
      status: 200,
      path: "/beta/chat/completions",
      body: { messages: [{ content: "Hi" }, prefix] },
    });
  }
  const named = [{ role: "user", content: "prefix", name: "prefix" }];
  expect(await askedAt(plain, { model: "deepseek", messages: named })).toMatchObject({ path: plain });
  const earlier = [{ ...prefix }, ...messages];
  expect(await askedAt(plain, { model: "deepseek", messages: earlier })).toMatchObject({ path: plain });
  const filling = { model: "deepseek", prompt: "def f(", suffix: "return x" };
  expect(await askedAt("/beta/completions", filling)).toMatchObject({ path: "/beta/completions", body: filling });
  expect(await askedAt("/completions", { ...filling, suffix: null })).toMatchObject({ path: "/completions" });
  // Another vendor takes both where it takes the rest.
  expect(await askedAt(plain, { model: "plain", messages: [...messages, prefix] })).toMatchObject({
    path: "/v1/chat/completions",
  });
});

test("a context passes to providers that are allowed it, and is never left out in silence", async () => {
  const path = "/api/v3/context/chat/completions";
  const body = { context_id: "ctx-1", messages };
  expect(await askedAt(path, { ...body, model: "ark-contexts" })).toMatchObject({
    status: 200,
    path,
    body: { context_id: "ctx-1" },
  });
  for (const model of ["ark", "plain"])
    expect(await askedAt(path, { ...body, model })).toMatchObject({
      status: 400,
      error: { code: "unsupported_parameter", param: "context_id" },
      path: undefined,
    });
});

test("so it is with making one", async () => {
  const path = "/api/v3/context/create";
  const body = { mode: "session", ttl: 3_600, messages };
  const response = await sahab.call(path, { ...body, model: "ark-contexts" }, { key });
  expect(await response.json()).toEqual({
    ...context,
    usage: { ...context.usage, cost: "0.000018", cost_currency: "USD" },
  });
  const record = await sahab.record(response.headers.get("x-request-id") ?? "");
  expect(record).toMatchObject({ tokens: { input: 18, output: 0 }, cost: "0.000018", estimated: false });
  expect(vendor.calls.at(-1)).toMatchObject({ path, body });
  expect(await askedAt(path, { ...body, model: "ark" })).toMatchObject({ status: 400, path: undefined });
});

test.each([true, false])("what was read from a context is priced as cached, streamed: %p", async (stream) => {
  const body = { model: "ark-contexts", context_id: "ctx-1", messages, stream };
  const response = await sahab.call("/api/v3/context/chat/completions", body, { key });
  await response.text();
  const record = await sahab.record(response.headers.get("x-request-id") ?? "");
  // 60 × 1 + 40 × 0.2 + 20 × 1 millionths.
  expect(record).toMatchObject({ tokens: { input: 100, cached_input: 40 }, cost: "0.000088", estimated: false });
});

test("Ark and Model Studio are asked below their own paths", async () => {
  const ask = (model: string) => askedAt("/v1/chat/completions", { model, messages });
  expect(await ask("ark")).toMatchObject({ path: "/api/v3/chat/completions" });
  expect(await ask("alibaba")).toMatchObject({ path: "/compatible-mode/v1/chat/completions" });
  const anthropic = await sahab.call("/v1/messages", { model: "alibaba", max_tokens: 5, messages }, { key });
  await anthropic.text();
  expect(vendor.calls.at(-1)?.path).toBe("/apps/anthropic/v1/messages");
});
