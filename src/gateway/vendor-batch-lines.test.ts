import { afterAll, beforeEach, expect, test } from "bun:test";
import { must } from "../base/assert.ts";
import { chatBody, linesOf, openBatchBench } from "../testing/batches/batch-bench.ts";
import { startFakeAnthropicBatches } from "../testing/batches/fake-anthropic-batches.ts";
import { serveMessage, serveUsual } from "../testing/batches/fake-batches.ts";
import { startFakeOpenaiBatches } from "../testing/batches/fake-openai-batches.ts";
import { startProxy } from "../testing/http-proxy.ts";

// What lines may be: their bounds, the dialects and operations that they are in, and bytes that must come back as they are.

const longKey = "sk-long-key-0123456789";
const openai = startFakeOpenaiBatches({
  keys: ["sk-test", longKey],
  serve: (line) => ("input" in line.body ? serveInput(line.body) : serveUsual(line)),
});
const anthropic = startFakeAnthropicBatches({
  serve: (line) => ("tools" in line.body ? serveCall() : serveMessage(line)),
});
const alibaba = startFakeOpenaiBatches({ base: "/compatible-mode/v1" });
const proxy = await startProxy();
const price = { currency: "USD", input: 1, output: 2, batch: 0.5 };
const model = (name: string, provider: string, vendorModel: string, more: object = {}) => ({
  name,
  targets: [{ provider, model: vendorModel, ...more }],
  price,
});
const bench = openBatchBench({
  providers: [
    { name: "openai", vendor: "openai", base_url: openai.url, api_key: "sk-test" },
    { name: "hasty", vendor: "openai", base_url: openai.url, api_key: "sk-test", timeouts: { idle_ms: 600 } },
    { name: "keyed", vendor: "openai", base_url: openai.url, api_key: longKey },
    { name: "proxied", vendor: "openai", base_url: openai.url, api_key: "sk-test", proxy: proxy.address },
    { name: "siliconflow", vendor: "siliconflow", base_url: openai.url, api_key: "sk-test" },
    { name: "alibaba", vendor: "alibaba", base_url: alibaba.origin, api_key: "sk-test" },
    { name: "anthropic", vendor: "anthropic", base_url: anthropic.url, api_key: "sk-ant-test" },
  ],
  models: [
    model("m", "openai", "gpt-5-mini"),
    model("hasty", "hasty", "gpt-5-mini"),
    model("keyed", "keyed", "gpt-5-mini"),
    model("proxied", "proxied", "gpt-5-mini"),
    model("small", "siliconflow", "deepseek-ai/DeepSeek-V3"),
    model("qwen", "alibaba", "qwen-plus"),
    model("native", "alibaba", "qwen-plus", { api: "dashscope" }),
    model("claude", "anthropic", "claude-sonnet-4-6"),
  ],
  projects: [{ name: "default" }],
});

afterAll(async () => {
  bench.close();
  proxy.close();
  await Promise.all([openai.stop(), anthropic.stop(), alibaba.stop()]);
});

let count = 0;
let marker = "";
beforeEach(() => {
  marker = `lines_${++count}`;
});

function serveInput({ model: name, ...body }: Record<string, unknown>) {
  if ("dimensions" in body) {
    const data = [{ object: "embedding", index: 0, embedding: [0.25, -0.5] }];
    return {
      status: 200,
      body: { object: "list", model: name, data, usage: { prompt_tokens: 1_000, total_tokens: 1_000 } },
    };
  }
  const content = [{ type: "output_text", text: "told", annotations: [] }];
  return {
    status: 200,
    body: {
      id: "resp_1",
      object: "response",
      created_at: 1_700_000_000,
      status: "completed",
      model: name,
      output: [{ type: "message", id: "msg_1", status: "completed", role: "assistant", content }],
      usage: {
        input_tokens: 1_000,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 200,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 1_200,
      },
    },
  };
}

function serveCall() {
  const input = { account: 1 };
  return {
    status: 200,
    body: {
      id: "msg_2",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-6",
      content: [{ type: "tool_use", id: "toolu_1", name: "look_up", input }],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: { input_tokens: 1_000, output_tokens: 200 },
    },
  };
}

test("a vendor takes as many lines as it has room for, and the first that is left is told", async () => {
  const lines = linesOf(...Array.from({ length: 5_001 }, (_, index) => chatBody(`line ${index}`)));
  const { job, next } = await bench.submit(bench.partOf("small", { marker }), lines);
  expect(next).toBe(5_001);
  expect(job?.lines).toEqual([[1, 5_000]]);
  expect(openai.lines(job?.vendorId ?? "")).toHaveLength(5_000);
});

test("a line beyond the vendor's bound is left out, and a large one within it goes and is still its owner's", async () => {
  const lines = linesOf(chatBody("x".repeat(6_000_001)), chatBody("y".repeat(2_000_000)), chatBody("three"));
  const { job, leftOut } = await bench.submit(bench.partOf("qwen", { marker }), lines);
  expect(leftOut).toEqual([[1, "body_too_large"]]);
  const given = alibaba.lines(job?.vendorId ?? "");
  expect(given.map(({ body }) => JSON.stringify(body).length)).toEqual([
    JSON.stringify({ ...chatBody("y".repeat(2_000_000)), model: "qwen-plus" }).length,
    JSON.stringify({ ...chatBody("three"), model: "qwen-plus" }).length,
  ]);
  expect(lines[1]?.body.length).toBeGreaterThan(2_000_000);
});

test("a target that pins a format without batches has none, and clients of formats without them get the one that has", async () => {
  const pinned = bench.submit(bench.partOf("native", { marker }), linesOf(chatBody("one")));
  expect(await pinned.catch((error: unknown) => error)).toMatchObject({ code: "unsupported_operation" });
  const part = bench.partOf("qwen", { marker, api: "messages" });
  const lines = linesOf(chatBody("one", { max_tokens: 5 }));
  const { job } = await bench.submit(part, lines);
  alibaba.end(job?.vendorId ?? "");
  const [result] = await bench.readAll(part, must(job, "submitted"), lines);
  expect(JSON.parse(result?.response?.body ?? "")).toMatchObject({
    type: "message",
    content: [{ type: "text", text: "re: one" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1_000, output_tokens: 200 },
  });
});

test("Responses and embeddings have endpoints of their own", async () => {
  const responses = bench.partOf("m", { marker, api: "responses" });
  const asked = linesOf({ model: "m", input: "tell" }, { model: "m", input: "go on", previous_response_id: "resp_0" });
  const { job, leftOut } = await bench.submit(responses, asked);
  expect(openai.shown(job?.vendorId ?? "")).toMatchObject({ endpoint: "/v1/responses" });
  expect(leftOut).toEqual([[2, "unsupported_parameter"]]);
  openai.end(job?.vendorId ?? "");
  const [told] = await bench.readAll(responses, must(job, "submitted"), asked);
  expect(JSON.parse(told?.response?.body ?? "")).toMatchObject({ object: "response", status: "completed" });
  expect(told?.record).toMatchObject({ operation: "chat", cost: 700_000n });

  const embeddings = bench.partOf("m", { marker: `${marker}_e`, operation: "embedding", path: "/v1/embeddings" });
  const texts = linesOf({ model: "m", input: "a text", dimensions: 2 });
  const second = await bench.submit(embeddings, texts);
  expect(openai.shown(second.job?.vendorId ?? "")).toMatchObject({ endpoint: "/v1/embeddings" });
  openai.end(second.job?.vendorId ?? "");
  const [vectors] = await bench.readAll(embeddings, must(second.job, "submitted"), texts);
  expect(JSON.parse(vectors?.response?.body ?? "")).toMatchObject({ data: [{ embedding: [0.25, -0.5] }] });
  expect(vectors?.record).toMatchObject({ operation: "embedding", inputTokens: 1_000, cost: 500_000n });
});

test("numbers with 19 digits come back digit by digit", async () => {
  const part = bench.partOf("claude", { marker, api: "messages" });
  const tools = [{ name: "look_up", input_schema: { type: "object" } }];
  const lines = linesOf(chatBody("one", { max_tokens: 5, tools }));
  const { job } = await bench.submit(part, lines);
  const change = (results: string[]) =>
    results.map((line) => line.replace('"account":1', '"account":1234567890123456789'));
  anthropic.end(job?.vendorId ?? "", { change });
  const [result] = await bench.readAll(part, must(job, "submitted"), lines);
  expect(result?.response?.body).toContain('"account":1234567890123456789');
});

test.each([longKey, longKey.replace("-key", String.raw`\u002dkey`)])(
  "an answer that repeats the provider's key, as %s, is withheld, and its usage is billed",
  async (repeated) => {
    const part = bench.partOf("keyed", { marker });
    const lines = linesOf(chatBody("the key"));
    const { job } = await bench.submit(part, lines);
    openai.end(job?.vendorId ?? "", { change: (told) => told.map((line) => line.replace("the key", repeated)) });
    const [result] = await bench.readAll(part, must(job, "submitted"), lines);
    expect(result?.response?.status).not.toBe(200);
    expect(result?.response?.body).not.toContain("0123456789");
    expect(result?.record).toMatchObject({
      outcome: "upstream_invalid_response",
      inputTokens: 1_000,
      outputTokens: 200,
      estimated: false,
      cost: 700_000n,
    });
  },
);

test("results without an end are given up", async () => {
  const part = bench.partOf("m", { marker });
  const lines = linesOf(chatBody("one"));
  const { job } = await bench.submit(part, lines);
  openai.end(job?.vendorId ?? "", { change: ([line = ""]) => Array.from({ length: 2_000 }, () => line) });
  const reading = bench.readAll(part, must(job, "submitted"), lines);
  expect(await reading.catch((error: unknown) => error)).toMatchObject({ code: "upstream_invalid_response" });
});

test("results that drip, each piece in time, are left for later", async () => {
  const part = bench.partOf("hasty", { marker });
  const lines = linesOf(chatBody("one"));
  const { job } = await bench.submit(part, lines);
  openai.end(job?.vendorId ?? "", { dripMs: 100 });
  const startedMs = performance.now();
  const reading = bench.readAll(part, must(job, "submitted"), lines);
  expect(await reading.catch((error: unknown) => error)).toMatchObject({ code: "upstream_timeout" });
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test("all calls go through the provider's proxy", async () => {
  const part = bench.partOf("proxied", { marker });
  const lines = linesOf(chatBody("one"));
  const { job } = await bench.submit(part, lines);
  openai.end(job?.vendorId ?? "");
  expect(await bench.readAll(part, must(job, "submitted"), lines)).toHaveLength(1);
  // Those that follow have the same connection.
  expect(proxy.heads).toEqual([expect.stringContaining(`POST ${openai.origin}/v1/files `)]);
});

test("a shutdown ends what is under way", async () => {
  const abort = new AbortController();
  bench.deps.signal = abort.signal;
  openai.failNext("POST /v1/files", ...Array.from({ length: 4 }, () => ({ status: 503 })));
  const submitting = bench.submit(bench.partOf("m", { marker }), linesOf(chatBody("one")));
  setTimeout(() => abort.abort(), 100);
  const startedMs = performance.now();
  expect(await submitting.catch((error: unknown) => error)).toMatchObject({ name: "SahabError" });
  expect(performance.now() - startedMs).toBeLessThan(400);
  bench.deps.signal = undefined;
});
