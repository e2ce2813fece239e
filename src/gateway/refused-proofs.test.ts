import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { models, startProvingVendor, type ProvingVendor } from "../testing/proving-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Requests with proofs that this Sahab has never seen, or without those that a vendor demands, in the client's own bytes.

let vendor: ProvingVendor;
let shared: ProvingVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startProvingVendor("one");
  shared = startProvingVendor("accounts");
  const price = { currency: "USD", input: 1, output: 2 };
  const address = ({ vendor: { port } }: ProvingVendor) => `http://127.0.0.1:${port}`;
  const account = (name: string) => ({ name, vendor: "anthropic", base_url: address(shared), api_key: name });
  sahab = await runSahab({
    config: {
      providers: [
        ...(["messages", "responses", "gemini"] as const).map((api) => ({
          name: api,
          vendor: "compatible",
          base_url: address(vendor),
          api_key: "k",
          apis: [api],
        })),
        account("first"),
        account("second"),
      ],
      models: [
        ...(["messages", "responses", "gemini"] as const).map((api) => ({
          name: api,
          targets: [{ provider: api, model: models[api] }],
          price,
        })),
        ...["first", "second"].map((provider) => ({
          name: provider,
          targets: [{ provider, model: models.messages }],
          price,
        })),
      ],
      projects: [{ name: "default" }, { name: "forgetful", keep_reasoning: false }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await Promise.all([vendor?.vendor.stop(), shared?.vendor.stop()]);
});

type Json = Record<string, unknown>;

async function post(path: string, body: Json, project = "default") {
  const { key } = await sahab.createKey({ project });
  const answer = await fetch(sahab.address + path, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, dropped: answer.headers.get("x-sahab-dropped"), text };
}

const foreign = "Zm9yZWlnbiBwcm9vZg==";
const call = { id: "c1", name: "weather", input: {} };
/** Of the largest: read on another thread. */
const long = "The sun shines. ".repeat(30_000);

const messagesBody = (thoughts: Json[], text = "Weather?", extra: Json = {}): Json => ({
  model: "messages",
  max_tokens: 4_000,
  thinking: { type: "enabled", budget_tokens: 1_024 },
  messages: [
    { role: "user", content: text },
    { role: "assistant", content: [...thoughts, { type: "tool_use", ...call }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "41" }] },
  ],
  ...extra,
});

const responsesBody = (items: Json[], text = "Weather?"): Json => ({
  model: "responses",
  input: [
    { role: "user", content: text },
    ...items,
    { type: "function_call", id: "fc_1", call_id: "c1", name: "weather", arguments: "{}" },
    { type: "function_call_output", call_id: "c1", output: "41" },
  ],
});

const geminiBody = (parts: Json[], text = "Weather?"): Json => ({
  contents: [
    { role: "user", parts: [{ text }] },
    { role: "model", parts },
    { role: "user", parts: [{ functionResponse: { name: "weather", response: { output: "41" } } }] },
  ],
});
const functionCall = { name: "weather", args: {} };
const geminiPath = "/v1beta/models/gemini:generateContent";

const thinking = { type: "thinking", thinking: "Hm.", signature: foreign };
const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: foreign };

const cases: [string, string, (text?: string) => Json][] = [
  ["Messages", "/v1/messages", (text) => messagesBody([thinking, { type: "redacted_thinking", data: foreign }], text)],
  ["unsigned Messages", "/v1/messages", (text) => messagesBody([{ ...thinking, signature: "" }], text)],
  ["Messages without thoughts", "/v1/messages", (text) => messagesBody([], text)],
  ["Responses", "/v1/responses", (text) => responsesBody([reasoning, { ...reasoning, id: "rs_2" }], text)],
  ["Gemini", geminiPath, (text) => geminiBody([{ functionCall, thoughtSignature: foreign }], text)],
  ["Gemini, spelled otherwise", geminiPath, (text) => geminiBody([{ functionCall, thought_signature: foreign }], text)],
  ["Gemini without signatures", geminiPath, (text) => geminiBody([{ functionCall }], text)],
];

describe.each(cases)("%s", (_, path, body) => {
  test.each(["Weather?", long])("a vendor that refuses the proofs is asked once more, %#", async (text) => {
    const before = vendor.refused;
    const { status, text: answer } = await post(path, body(text), "forgetful");
    expect({ status, answer }).toMatchObject({ status: 200 });
    expect(vendor.refused - before).toBe(1);
    const sent = vendor.vendor.calls.at(-1)!;
    expect(sent.text).not.toContain(foreign);
    // Nothing else of it is lost.
    expect(sent.text).toContain(JSON.stringify(text).slice(1, -1));
  });
});

test("what a vendor has refused it is not sent again, and others of its requests are as they are", async () => {
  const body = messagesBody([thinking]);
  expect((await post("/v1/messages", body)).status).toBe(200);
  const before = vendor.refused;
  const { status, dropped } = await post("/v1/messages", body);
  expect([status, vendor.refused - before]).toEqual([200, 0]);
  expect(dropped).toContain("messages[1].content[0]");
  const plain = { model: "messages", max_tokens: 10, messages: [{ role: "user", content: '"signature":"x"' }] };
  await post("/v1/messages", plain);
  expect(vendor.vendor.calls.at(-1)!.body).toEqual({ ...plain, model: models.messages });
});

describe.each(["messages", "responses", "gemini"])("what was kept of a vendor of %s", (model) => {
  test.each(["Weather?", long])("is left out where the vendor does not take it any more, %#", async (content) => {
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
    const user = { role: "user", content };
    const ask = async (messages: Json[]) => {
      const { status, text } = await post("/v1/chat/completions", { model, tools, messages, reasoning_effort: "low" });
      expect({ status, text }).toMatchObject({ status: 200 });
      return (JSON.parse(text) as { choices: { message: Json }[] }).choices[0]!.message;
    };
    const { role, tool_calls } = await ask([user]);
    const [called] = tool_calls as [{ id: string }];
    vendor.forget();
    const before = vendor.refused;
    await ask([user, { role, content: null, tool_calls }, { role: "tool", tool_call_id: called.id, content: "41" }]);
    expect(vendor.refused - before).toBe(1);
  });
});

test("accounts of a vendor that shares its proofs take each other's", async () => {
  const ask = { model: "first", max_tokens: 4_000, thinking: { type: "enabled", budget_tokens: 1_024 } };
  const user = { role: "user", content: "Weather?" };
  const first = await post("/v1/messages", { ...ask, messages: [user] });
  const { content } = JSON.parse(first.text) as { content: Json[] };
  const results = [{ type: "tool_result", tool_use_id: content[1]!["id"], content: "41" }];
  const messages = [user, { role: "assistant", content }, { role: "user", content: results }];
  const second = await post("/v1/messages", { ...ask, model: "second", messages });
  expect(second).toMatchObject({ status: 200, dropped: null });
  expect([shared.refused, shared.taken.size]).toEqual([0, 1]);
});

test("a refusal that leaving out proofs does not mend is told as the vendor said it", async () => {
  const before = vendor.vendor.calls.length;
  const { status, text } = await post("/v1/messages", messagesBody([], "Weather?", { messages: [] }));
  expect([status, vendor.vendor.calls.length - before]).toEqual([400, 0]);
  expect(text).toContain("messages");
  const empty = messagesBody([thinking], "Weather?", {
    context_management: { edits: "clear_thinking" },
    thinking: null,
  });
  const told = await post("/v1/messages", empty, "forgetful");
  expect(told).toMatchObject({ status: 400, text: expect.stringContaining("requires `thinking`") });
});
