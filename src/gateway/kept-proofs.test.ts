import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { geminiError, geminiParts } from "../testing/fake-gemini.ts";
import { callItem, messageItem, reasoningItem, responses } from "../testing/fake-responses.ts";
import { errorAnswer, startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Vendors that want their own proofs back before the calls that followed, behind clients that have no place for them: Gemini's signatures,
// and the encrypted items of Responses.

const city = (name: string) => ({ functionCall: { name: "weather", args: { city: name } } });
const turn = [
  { text: "Both, then.", thought: true },
  { ...city("Riyadh"), thoughtSignature: "cHJvb2Ytb25l" },
  city("Jeddah"),
];

interface Content {
  role: string;
  parts: Record<string, unknown>[];
}

/** Calls functions, and then wants the first call's signature back. */
const strict: Script = (call) => {
  const contents = call.body["contents"] as Content[];
  const called = contents.flatMap(({ role, parts }) =>
    role === "model" ? parts.filter((part) => part["functionCall"]) : [],
  );
  if (called.length === 0) return geminiParts(turn)(call);
  const signatures = called.map((part) => part["thoughtSignature"]);
  if (!Bun.deepEquals(signatures, ["cHJvb2Ytb25l", undefined]))
    return geminiError(
      400,
      "INVALID_ARGUMENT",
      `Function call is missing a thought_signature: ${JSON.stringify(signatures)}`,
    );
  return geminiParts([{ text: "Hot." }])(call);
};

const items = [
  reasoningItem("Both, then.", "ZW5jcnlwdGVk"),
  callItem("call_a", "weather", { city: "Riyadh" }),
  callItem("call_b", "weather", { city: "Jeddah" }),
];

const strictItems: Script = (call) => {
  const input = call.body["input"] as Record<string, unknown>[];
  const at = input.findIndex(({ type }) => type === "function_call");
  if (at === -1) return responses(items)(call);
  if (input[at - 1]?.["encrypted_content"] === "ZW5jcnlwdGVk") return responses([messageItem("Hot.")])(call);
  return errorAnswer(400, { message: "missing its reasoning item", type: "invalid_request_error" });
};

let vendor: FakeVendor;
let sahab: TestSahab;

const price = { currency: "USD", input: 1, output: 2 };

beforeAll(async () => {
  vendor = startFakeVendor({ "gemini-3-pro": strict, items: strictItems });
  sahab = await runSahab({
    config: {
      providers: [
        { name: "g", vendor: "google", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "k" },
        { name: "o", vendor: "compatible", base_url: vendor.url, api_key: "k", apis: ["responses"] },
      ],
      models: [
        { name: "gemini", targets: [{ provider: "g", model: "gemini-3-pro", api: "gemini" }], price },
        { name: "responses", targets: [{ provider: "o", model: "items" }], price },
      ],
      projects: [{ name: "default" }, { name: "other" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

describe.each([false, true])("proofs come back after a restart, stream %p", (stream) => {
  test.each([
    ["gemini", "missing a thought_signature"],
    ["responses", "missing its reasoning item"],
  ])("of %s behind a client of chat", async (model, refusal) => {
    const tools: OpenAI.ChatCompletionTool[] = [
      { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } },
    ];
    const user: OpenAI.ChatCompletionMessageParam = { role: "user", content: "Weather?" };
    const ask = async (messages: OpenAI.ChatCompletionMessageParam[], project = "default") => {
      const { key } = await sahab.createKey({ project });
      const { completions } = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 }).chat;
      const body = { model, tools, messages, reasoning_effort: "low" as const };
      const answer = stream
        ? await completions.stream({ ...body, stream: true }).finalChatCompletion()
        : await completions.create(body);
      return answer.choices[0]!.message;
    };
    const first = await ask([user]);
    const calls = first.tool_calls ?? [];
    expect(calls).toHaveLength(2);
    const next: OpenAI.ChatCompletionMessageParam[] = [
      user,
      { role: "assistant", content: null, tool_calls: calls },
      ...calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "41 °C" })),
    ];
    await sahab.restart();
    expect((await ask(next)).content).toBe("Hot.");
    expect(await ask(next, "other").then(String, String)).toContain(refusal);
  });

  test("of gemini behind a client of Messages", async () => {
    const user: Anthropic.MessageParam = { role: "user", content: "Weather?" };
    const tools = [{ name: "weather", input_schema: { type: "object" as const } }];
    const ask = async (messages: Anthropic.MessageParam[]) => {
      const { key } = await sahab.createKey();
      const anthropic = new Anthropic({ apiKey: key, baseURL: sahab.address, maxRetries: 0 });
      const body = { model: "gemini", max_tokens: 1_000, tools, messages };
      const answer = stream
        ? await anthropic.messages.stream(body).finalMessage()
        : await anthropic.messages.create(body);
      return answer.content;
    };
    const content = await ask([user]);
    const uses = content.filter((block) => block.type === "tool_use");
    expect(uses).toHaveLength(2);
    const results = uses.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "41 °C" }));
    await sahab.restart();
    const next: Anthropic.MessageParam[] = [user, { role: "assistant", content }, { role: "user", content: results }];
    expect(await ask(next)).toMatchObject([{ type: "text", text: "Hot." }]);
  });
});
