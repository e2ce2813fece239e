import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { geminiError, geminiParts } from "../testing/fake-gemini.ts";
import { startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A vendor of Gemini that refuses calls of functions without the signatures that came with them, behind clients that have no place for them.

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

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ "gemini-3-pro": strict });
  sahab = await runSahab({
    config: {
      providers: [{ name: "g", vendor: "google", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "k" }],
      models: [
        {
          name: "gemini",
          targets: [{ provider: "g", model: "gemini-3-pro", api: "gemini" }],
          price: { currency: "USD", input: 1, output: 2 },
        },
      ],
      projects: [{ name: "default" }, { name: "other" }],
    },
  });
}, 30_000);

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

describe.each([false, true])("Gemini's signatures come back after a restart, stream %p", (stream) => {
  test("behind a client of chat", async () => {
    const tools: OpenAI.ChatCompletionTool[] = [
      { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } },
    ];
    const user: OpenAI.ChatCompletionMessageParam = { role: "user", content: "Weather?" };
    const ask = async (messages: OpenAI.ChatCompletionMessageParam[], project = "default") => {
      const { key } = await sahab.createKey({ project });
      const { completions } = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 }).chat;
      const body = { model: "gemini", tools, messages };
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
    expect(await ask(next, "other").then(String, String)).toContain("missing a thought_signature");
  }, 30_000);

  test("behind a client of Messages", async () => {
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
  }, 30_000);
});
