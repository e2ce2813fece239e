import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { startFakeVendor, wholeChat, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// OpenAI's own SDK sends back what other vendors have answered, to vendors of the same dialect that refuse it with these words:
// "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9", `extra_forbidden`, "property 'reasoning_content' is unsupported".

interface Turn extends Record<string, unknown> {
  role: string;
  tool_calls?: { id: string }[];
  tool_call_id?: string;
}

const fit = /^[A-Za-z0-9]{9}$/;
const refuse = (message: string) =>
  Response.json({ error: { message, type: "invalid_request_error" } }, { status: 400 });

const strict =
  (takes: readonly string[], ids?: RegExp): Script =>
  (call) => {
    let open: string[] = [];
    for (const turn of call.body["messages"] as Turn[]) {
      if (turn.role === "assistant") {
        const unknown = Object.keys(turn).find((name) => !["role", "content", "tool_calls", ...takes].includes(name));
        if (unknown !== undefined) return refuse(`property '${unknown}' is unsupported`);
        open = (turn.tool_calls ?? []).map(({ id }) => id);
        const odd = open.find((id) => ids?.test(id) === false);
        if (odd !== undefined) return refuse(`Tool call id was ${odd}`);
        if (new Set(open).size < open.length) return refuse("two calls have one id");
      }
      if (turn.role === "tool" && !open.includes(turn.tool_call_id ?? "")) return refuse("a result for no call");
    }
    return wholeChat("Hi")(call);
  };

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let client: OpenAI;

beforeAll(async () => {
  const ofReasoning = strict(["reasoning"]);
  vendor = startFakeVendor({
    mistral: strict(["prefix"], fit),
    groq: ofReasoning,
    cerebras: ofReasoning,
    compatible: wholeChat("Hi"),
  });
  const names = ["mistral", "groq", "cerebras", "compatible"];
  sahab = await runSahab({
    config: {
      providers: names.map((name) => ({ name, vendor: name, base_url: vendor.url, api_key: "k" })),
      models: names.map((name) => ({ name, targets: [{ provider: name, model: name }], price: "free" })),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
  client = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const called = (id: string, city: string) => ({
  id,
  type: "function" as const,
  function: { name: "weather", arguments: JSON.stringify({ city }) },
});
/** As vendors' answers have it, and SDKs hand it on. */
const turns = (more: object = {}) =>
  [
    { role: "user", content: "The weather?" },
    {
      role: "assistant",
      content: null,
      reasoning_content: 'I "ask"\n云',
      refusal: null,
      annotations: [],
      tool_calls: [called("call_PTLP8xhu3uwZk4l3nlnrrJha", "Kairo"), called("aB3dE6gH9", "Fez")],
      ...more,
    },
    { role: "tool", tool_call_id: "aB3dE6gH9", content: "warm" },
    { role: "tool", tool_call_id: "call_PTLP8xhu3uwZk4l3nlnrrJha", content: "hot" },
    { role: "assistant", content: "Hot.", reasoning_content: "" },
    { role: "user", content: "And now?" },
  ] as unknown as OpenAI.ChatCompletionMessageParam[];

async function ask(model: string, messages: OpenAI.ChatCompletionMessageParam[]) {
  const { response } = await client.chat.completions.create({ model, messages }).withResponse();
  const sent = vendor.callsFor(model).at(-1)?.body["messages"] as Turn[];
  return { sent, dropped: response.headers.get("x-sahab-dropped") };
}

test("Mistral is sent ids of nine letters, and no field that it does not know", async () => {
  const { sent, dropped } = await ask("mistral", turns());
  const [, first, warm, hot, last] = sent;
  expect(dropped).toBe("messages[].reasoning_content");
  expect(Object.keys(first ?? {})).toEqual(["role", "content", "tool_calls"]);
  expect(first?.tool_calls?.[1]?.id).toBe("aB3dE6gH9");
  expect(warm?.tool_call_id).toBe("aB3dE6gH9");
  expect(hot).toEqual({ role: "tool", tool_call_id: first?.tool_calls?.[0]?.id as string, content: "hot" });
  expect(last).toEqual({ role: "assistant", content: "Hot." });
});

test.each(["groq", "cerebras"])("%s is sent the reasoning under its own name", async (model) => {
  const { sent, dropped } = await ask(model, turns({ refusal: undefined, annotations: undefined }));
  expect(dropped).toBeNull();
  expect(sent[1]).toEqual({
    role: "assistant",
    content: null,
    reasoning: 'I "ask"\n云',
    tool_calls: [called("call_PTLP8xhu3uwZk4l3nlnrrJha", "Kairo"), called("aB3dE6gH9", "Fez")],
  });
  expect(sent[4]).toEqual({ role: "assistant", content: "Hot." });
  const both = await ask(model, turns({ refusal: undefined, annotations: undefined, reasoning: "own" }));
  expect([both.sent[1]?.["reasoning"], both.dropped]).toEqual(["own", "messages[].reasoning_content"]);
});

test("in a large request, too", async () => {
  const long = [{ role: "user" as const, content: "x".repeat(1024 * 1024) }, ...turns()];
  const { sent } = await ask("mistral", long);
  expect(sent[2]?.tool_calls?.map(({ id }) => fit.test(id))).toEqual([true, true]);
});

test("what fits, and what goes to others, passes byte for byte", async () => {
  const plain = [{ role: "user", content: 'no "tool_calls" here' }];
  for (const [model, messages] of [
    ["mistral", plain],
    ["compatible", turns()],
  ] as const) {
    const body = JSON.stringify({ model, messages }).replaceAll(",", " ,\t");
    const response = await fetch(`${sahab.address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body,
    });
    expect(response.status).toBe(200);
    await response.text();
    expect(vendor.callsFor(model).at(-1)?.text).toBe(body);
  }
});

test.each([
  ["no JSON", '[{"role":"assistant","reasoning_content":"a"}'],
  ["no objects", '["reasoning_content","tool_calls"]'],
  [
    "ids of other types",
    '[{"role":"assistant","tool_calls":[{"id":7},{}],"reasoning_content":{"a":1}},{"role":"tool","tool_call_id":null}]',
  ],
  ["nothing but what is refused", '[{"role":"assistant","role":"assistant","reasoning":"a"}]'],
])("messages with %s are the vendor's to judge, and end nothing", async (_, messages) => {
  const response = await fetch(`${sahab.address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: `{"model":"mistral","messages":${messages}}`,
  });
  await response.text();
  expect([200, 400, 502]).toContain(response.status);
  expect((await ask("mistral", turns())).sent).toHaveLength(6);
});
