import { afterAll, beforeAll, expect, test } from "bun:test";
import { GoogleGenAI, ServiceTier } from "@google/genai";
import OpenAI from "openai";
import { geminiText } from "../testing/fake-gemini.ts";
import { startFakeVendor, streamOf, wholeChat, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The tier that served a request decides what it costs, wherever the vendor says it: in a header, as Google, or in the body. All
// vendors count 100 tokens of input and 20 of output, at 1 and 2 millionths; `priority` costs twice that, `flex` a half.

/** Google's answers, with the head that says who served. */
const withHeader =
  (tier: string, script: Script): Script =>
  async (call) => {
    const response = await script(call);
    response.headers.set("x-gemini-service-tier", tier);
    return response;
  };

const counts = { input_tokens: 100, output_tokens: 20, total_tokens: 120 };
const response = (service_tier: string, status: string, output: object[]) => ({
  id: "resp_1",
  object: "response",
  created_at: 1,
  model: "m",
  status,
  service_tier,
  output,
  ...(status === "completed" && { usage: counts }),
});
const item = {
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "Hi", annotations: [] }],
};
const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
/** OpenAI's Responses, which promise one tier at the beginning and may say another at the end. */
const responses =
  (served: string): Script =>
  (call) =>
    call.body["stream"] === true
      ? streamOf([
          event("response.created", { response: response("auto", "in_progress", []), sequence_number: 0 }),
          event("response.output_text.delta", { ...at, delta: "Hi", sequence_number: 1 }),
          event("response.output_item.done", { output_index: 0, item, sequence_number: 2 }),
          event("response.completed", { response: response(served, "completed", [item]), sequence_number: 3 }),
        ])(call)
      : Response.json(response(served, "completed", [item]));

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({
    downgraded: withHeader("standard", geminiText(["Hi"])),
    kept: withHeader("Priority", geminiText(["Hi"])),
    silent: geminiText(["Hi"]),
    odd: withHeader("no tier, at all", geminiText(["Hi"])),
    "google-chat": withHeader("standard", wholeChat()),
    default: responses("default"),
    priority: responses("priority"),
  });
  const base_url = `http://127.0.0.1:${vendor.port}`;
  const price = {
    currency: "USD",
    input: 1,
    output: 2,
    service_tiers: { priority: { factor: 2 }, flex: { factor: 0.5 } },
  };
  const models = (provider: string, names: string[]) =>
    names.map((name) => ({ name, targets: [{ provider, model: name }], price }));
  sahab = await runSahab({
    config: {
      providers: [
        { name: "google", vendor: "google", base_url, api_key: "k" },
        { name: "openai", vendor: "openai", base_url: `${base_url}/v1`, api_key: "k" },
      ],
      models: [
        ...models("google", ["downgraded", "kept", "silent", "odd", "google-chat"]),
        ...models("openai", ["default", "priority"]),
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

test.each([
  ["downgraded", "0.00014", "standard"],
  ["kept", "0.00028", "priority"],
  ["silent", "0.00028", undefined],
  ["odd", "0.00028", undefined],
])("Google's priority that was %s costs what served it, and its client sees which", async (model, cost, told) => {
  const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: sahab.address } });
  const config = { serviceTier: ServiceTier.PRIORITY };
  const answer = await google.models.generateContent({ model, contents: "Hi", config });
  expect(vendor.callsFor(model).at(-1)?.body).toMatchObject({ serviceTier: "priority" });
  expect(answer.usageMetadata).toMatchObject({ cost });
  expect(answer.sdkHttpResponse?.headers?.["x-gemini-service-tier"]).toBe(told as string);
  let last: unknown;
  for await (const chunk of await google.models.generateContentStream({ model, contents: "Hi", config }))
    last = chunk.usageMetadata;
  expect(last).toMatchObject({ cost });
});

test("so it is at Google's OpenAI-style API, whose clients know no such header", async () => {
  const body = { model: "google-chat", service_tier: "priority", messages: [{ role: "user", content: "Hi" }] };
  const answer = await sahab.call("/v1/chat/completions", body, { key });
  expect(await answer.json()).toMatchObject({ usage: { cost: "0.00014" } });
  expect(answer.headers.get("x-gemini-service-tier")).toBeNull();
});

test.each([
  ["default", "0.00014"],
  ["priority", "0.00028"],
])("OpenAI's Responses are billed by the tier in the answer: %s", async (model, cost) => {
  const openai = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1` });
  const asked = { model, input: "Hi", service_tier: "priority" } as const;
  const whole = await openai.responses.create(asked);
  expect(whole.usage).toMatchObject({ input_tokens: 100, cost });
  let usage: unknown;
  for await (const event of await openai.responses.create({ ...asked, stream: true }))
    if (event.type === "response.completed") usage = event.response.usage;
  expect(usage).toMatchObject({ input_tokens: 100, cost });
});
