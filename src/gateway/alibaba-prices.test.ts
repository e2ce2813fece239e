import { afterAll, beforeAll, expect, test } from "bun:test";
import { chatChunk, doneEvent, startFakeVendor, streamOf, wholeChat, type Script } from "../testing/fake-vendor.ts";
import type { FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Alibaba asks more for all of an answer with thoughts in it: qwen-plus in Singapore costs 0.4 in, 1.2 out and 4 out while
// thinking. What is read from its caches costs a fifth, or behind markers of the caller's a tenth. Not all of its formats count the thoughts, so that the answer itself must say that there are some, and the request by
// which cache it was read.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const counts = { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 };
const nativeCounts = { input_tokens: 1_000, output_tokens: 500, total_tokens: 1_500 };
const thought = "Two and two. ".repeat(80);
const thinks = (call: { body: Record<string, unknown> }) => JSON.stringify(call.body).includes("think hard");

const chat: Script = (call) => {
  const reasoning = thinks(call) ? { reasoning_content: thought } : {};
  const message = { role: "assistant", content: "Four", ...reasoning };
  if (call.body["stream"] !== true)
    return wholeChat("", { usage: counts, choices: [{ index: 0, message, finish_reason: "stop" }] })(call);
  const isCut = JSON.stringify(call.body).includes("cut");
  const pieces = thinks(call) ? [thought.slice(0, 520), thought.slice(520)] : [];
  const spoken = isCut
    ? []
    : [chatChunk({ content: "Four" }), chatChunk({}, {}, "stop"), chatChunk(null, { usage: counts }), doneEvent];
  return streamOf([
    chatChunk({ role: "assistant", content: "" }),
    ...pieces.map((reasoning_content) => chatChunk({ content: null, reasoning_content })),
    ...spoken,
  ])(call);
};

const native: Script = (call) => {
  const message = { role: "assistant", content: "Four", ...(thinks(call) && { reasoning_content: thought }) };
  const output = { choices: [{ finish_reason: "stop", message }] };
  return Response.json({ status_code: 200, request_id: "r1", output, usage: nativeCounts });
};

const messages: Script = (call) => {
  const thoughts = thinks(call) ? [{ type: "thinking", thinking: thought, signature: "" }] : [];
  const content = [...thoughts, { type: "text", text: "Four" }];
  const cached = JSON.stringify(call.body).includes("again") ? { cache_read_input_tokens: 10_000 } : {};
  const usage = { input_tokens: 1_000, output_tokens: 500, ...cached };
  const message = { id: "m", type: "message", role: "assistant", model: "qwen-plus" };
  return Response.json({ ...message, content, stop_reason: "end_turn", stop_sequence: null, usage });
};

beforeAll(async () => {
  vendor = startFakeVendor({
    "qwen-plus": (call) =>
      (call.path.includes("/anthropic/") ? messages : call.path.startsWith("/api/v1/") ? native : chat)(call),
  });
  sahab = await runSahab({
    config: {
      providers: [
        { name: "ali", vendor: "alibaba", region: "intl", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "k" },
      ],
      models: [{ name: "qwen-plus", targets: [{ provider: "ali", model: "qwen-plus" }] }],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const said = (text: string) => ({ model: "qwen-plus", max_tokens: 900, messages: [{ role: "user", content: text }] });

const ways: [string, (text: string) => [path: string, body: object]][] = [
  ["chat, whole", (text) => ["/v1/chat/completions", said(text)]],
  ["chat, streamed", (text) => ["/v1/chat/completions", { ...said(text), stream: true }]],
  [
    "native",
    (text) => [
      "/api/v1/services/aigc/text-generation/generation",
      { model: "qwen-plus", input: { messages: said(text).messages }, parameters: { result_format: "message" } },
    ],
  ],
  ["Messages", (text) => ["/v1/messages", said(text)]],
];

test.each(ways)("an answer with thoughts that nobody counts costs the price with thinking: %s", async (_name, ask) => {
  for (const [text, cost] of [
    ["think hard", "0.0024"],
    ["answer", "0.001"],
  ] as const) {
    const response = await sahab.call(...ask(text), { key });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("Four")]);
    expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({
      tokens: { input: 1_000, output: 500, reasoning: 0 },
      estimated: false,
      cost,
    });
  }
});

test("so does a stream that breaks after its thoughts", async () => {
  const [path, body] = ["/v1/chat/completions", { ...said("think hard, cut"), stream: true }];
  const response = await sahab.call(path, body, { key });
  await response.text();
  const record = await sahab.record(response.headers.get("x-request-id"));
  const { tokens, cost } = record;
  expect(record).toMatchObject({ estimated: true, outcome: "stream_interrupted" });
  expect(tokens.output).toBeGreaterThan(200);
  expect(Number(cost)).toBeCloseTo((tokens.input * 0.4 + tokens.output * 4) / 1e6, 9);
});

test.each([
  // 1,000 × 0.4 + 500 × 1.2, and 10,000 × 0.08, or 0.04 behind a marker.
  ["found by itself", {}, "0.0018"],
  ["found behind a marker", { cache_control: { type: "ephemeral" } }, "0.0014"],
])("Messages: what was read from the cache costs what its kind does: %s", async (_name, marker, cost) => {
  const text = 'once again, and not "cache_control"';
  const messages = [{ role: "user", content: [{ type: "text", text, ...marker }] }];
  const response = await sahab.call("/v1/messages", { model: "qwen-plus", max_tokens: 900, messages }, { key });
  expect(response.status).toBe(200);
  await response.text();
  expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({ cost });
});
