import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { callItem, messageItem, reasoningItem, responses } from "../testing/fake-responses.ts";
import { startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A vendor of Responses that wants its encrypted reasoning items back before the calls that followed, behind clients of chat.

const item = reasoningItem("Both, then.", "ZW5jcnlwdGVk");
const turn = [
  item,
  callItem("call_a", "weather", { city: "Riyadh" }),
  callItem("call_b", "weather", { city: "Jeddah" }),
];

const strict: Script = (call) => {
  const input = call.body["input"] as Record<string, unknown>[];
  const at = input.findIndex(({ type }) => type === "function_call");
  if (at === -1) return responses(turn)(call);
  if (input[at - 1]?.["encrypted_content"] !== "ZW5jcnlwdGVk")
    return Response.json(
      { error: { message: "missing its reasoning item", type: "invalid_request_error" } },
      { status: 400 },
    );
  return responses([messageItem("Hot.")])(call);
};

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ strict });
  sahab = await runSahab({
    config: {
      providers: [{ name: "o", vendor: "compatible", base_url: vendor.url, api_key: "k", apis: ["responses"] }],
      models: [
        {
          name: "strict",
          targets: [{ provider: "o", model: "strict" }],
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

test.each([false, true])(
  "encrypted reasoning comes back after a restart, stream %p",
  async (stream) => {
    const tools: OpenAI.ChatCompletionTool[] = [
      { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } },
    ];
    const user: OpenAI.ChatCompletionMessageParam = { role: "user", content: "Weather?" };
    const ask = async (messages: OpenAI.ChatCompletionMessageParam[], project = "default") => {
      const { key } = await sahab.createKey({ project });
      const { completions } = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 }).chat;
      const body = { model: "strict", tools, messages, reasoning_effort: "low" as const };
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
    expect(await ask(next, "other").then(String, String)).toContain("missing its reasoning item");
  },
  30_000,
);
