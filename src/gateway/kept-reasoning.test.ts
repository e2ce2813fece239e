import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { messageEvents, messagesError, messagesUsage } from "../testing/fake-anthropic.ts";
import {
  chatChunk,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  usageEvent,
  vendorUsage,
  wholeChat,
  type FakeVendor,
  type Script,
  type VendorCall,
} from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Vendors that refuse a turn with calls of tools unless what the model thought comes back with it, behind clients that do not send it.

type Message = Record<string, unknown>;

const thinking = { type: "thinking", thinking: "Both cities.", signature: "c2lnbmVkIGJ5IHRoZSB2ZW5kb3I=" };
const redacted = { type: "redacted_thinking", data: "aGlkZGVu" };
const uses = [
  { type: "tool_use", id: "toolu_01A7b9C3d5", name: "weather", input: { city: "Riyadh", days: 2 } },
  { type: "tool_use", id: "toolu_01B8c4D2e6", name: "weather", input: { city: "Jeddah", days: 1.5 } },
];
const turn = [thinking, redacted, { type: "text", text: "Let me look." }, ...uses];

/** Asks for tools first, and answers when they have answered; refuses a turn whose thoughts are not as they were. */
const signed: Script = (call) => {
  const messages = call.body["messages"] as { role: string; content: unknown }[];
  const turns = messages.filter(
    ({ role, content }) => role === "assistant" && JSON.stringify(content).includes("tool_use"),
  );
  for (const { content } of turns) {
    const blocks = content as Message[];
    if (Bun.deepEquals(blocks.slice(0, 2), [thinking, redacted])) continue;
    return messagesError(400, "invalid_request_error", "messages.1.content.0.type: Expected `thinking`");
  }
  return asMessage(call, turns.length === 0 ? turn : [{ type: "text", text: "Hot." }]);
};

function asMessage(call: VendorCall, content: { type: string; [field: string]: unknown }[]) {
  const stop_reason = content.length > 1 ? "tool_use" : "end_turn";
  if (call.body["stream"] === true) {
    const events = messageEvents(content, { stop_reason });
    return streamOf(events)(call);
  }
  return Response.json({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content,
    stop_reason,
    usage: messagesUsage,
  });
}

const thought = "The user wants both.";
const calls = ["Riyadh", "Jeddah"].map((city, index) => ({
  index,
  id: `call_0${index}_x7Kp2mQ9vL`,
  type: "function",
  function: { name: "weather", arguments: JSON.stringify({ city }) },
}));

/** As DeepSeek does: every turn with calls must come back with a text of what was thought, in its own form. */
const demanding: Script = (call) => {
  const messages = call.body["messages"] as Message[];
  const turns = messages.filter((message) => Array.isArray(message["tool_calls"]));
  if (turns.some((message) => typeof message["reasoning_content"] !== "string"))
    return errorAnswer(400, { message: "Missing `reasoning_content` field in the assistant message" });
  const isFirst = !messages.some(({ role }) => role === "tool");
  if (call.body["stream"] === true) {
    const deltas = isFirst
      ? [
          ...thought.split(/(?<= )/).map((text) => ({ reasoning_content: text })),
          ...calls.map((one) => ({ tool_calls: [one] })),
        ]
      : [{ content: "Hot." }];
    const events = deltas.map((delta) => chatChunk(delta));
    return streamOf([
      chatChunk({ role: "assistant", content: "" }),
      ...events,
      chatChunk({}, {}, isFirst ? "tool_calls" : "stop"),
      usageEvent(),
      doneEvent,
    ])(call);
  }
  if (!isFirst) return wholeChat("Hot.")(call);
  const message = { role: "assistant", content: null, reasoning_content: thought, tool_calls: calls };
  return wholeChat("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }], usage: vendorUsage })(call);
};

const price = { currency: "USD", input: 1, output: 2 };
let vendor: FakeVendor;
let sahab: TestSahab;
const config = () => ({
  providers: [
    { name: "ant", vendor: "anthropic", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "k" },
    { name: "deep", vendor: "deepseek", base_url: vendor.url, api_key: "k" },
  ],
  models: [
    { name: "signed", targets: [{ provider: "ant", model: "signed" }], price },
    { name: "demanding", targets: [{ provider: "deep", model: "demanding", api: "chat" }], price },
  ],
  projects: [{ name: "default" }, { name: "other" }, { name: "forgetful", keep_reasoning: false }],
});

beforeAll(async () => {
  vendor = startFakeVendor({ signed, demanding });
  sahab = await runSahab({ config: config() });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const tools: OpenAI.ChatCompletionTool[] = [
  { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } },
];
const question: OpenAI.ChatCompletionMessageParam = { role: "user", content: "Weather?" };

async function openAi(project = "default"): Promise<OpenAI> {
  const { key } = await sahab.createKey({ project });
  return new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
}

interface Way {
  stream: boolean;
  first?: OpenAI.ChatCompletionMessageParam;
}

async function ask(
  client: OpenAI,
  model: string,
  { stream, first = question }: Way,
  more: OpenAI.ChatCompletionMessageParam[] = [],
) {
  const body = { model, tools, reasoning_effort: "low" as const, messages: [first, ...more] };
  const answer = stream
    ? await client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()
    : await client.chat.completions.create(body);
  return answer.choices[0]!.message;
}

/** What a client that knows nothing of reasoning sends back. */
function turnsAfter(message: OpenAI.ChatCompletionMessage): OpenAI.ChatCompletionMessageParam[] {
  const asked = message.tool_calls ?? [];
  return [
    { role: "assistant", content: message.content, tool_calls: asked },
    ...asked.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "41 °C" })),
  ];
}

/** The last request as the vendor got it. */
function sent(model: string): Message[] {
  return vendor.callsFor(model).at(-1)?.body["messages"] as Message[];
}

const failureOf = (asking: Promise<unknown>) =>
  asking.then(
    () => "answered",
    (error: unknown) => String(error),
  );

describe.each([false, true])("two turns, stream %p", (stream) => {
  test("signed thoughts come back to their vendor behind a client of chat", async () => {
    const client = await openAi();
    const first = await ask(client, "signed", { stream });
    expect(first.tool_calls).toHaveLength(2);
    expect((await ask(client, "signed", { stream }, turnsAfter(first))).content).toBe("Hot.");
    expect(sent("signed")[1]).toEqual({ role: "assistant", content: turn });
    expect(vendor.callsFor("signed").at(-1)?.body["thinking"]).toMatchObject({ type: "enabled" });
  });

  test("also after a restart, in a large body, and from a client that writes the calls in its own way", async () => {
    let client = await openAi();
    const large = { stream, first: { role: "user" as const, content: `Weather? ${"word ".repeat(60_000)}` } };
    const first = await ask(client, "signed", large);
    await sahab.restart();
    client = await openAi();
    const [assistant, ...results] = turnsAfter(first) as [
      OpenAI.ChatCompletionAssistantMessageParam,
      ...OpenAI.ChatCompletionMessageParam[],
    ];
    const [one, two] = first.tool_calls as OpenAI.ChatCompletionMessageFunctionToolCall[];
    const respelled = {
      ...one!,
      function: { name: one!.function.name, arguments: '{ "days": 2.0,\n"city":"Riyadh" }' },
    };
    const turns = [{ ...assistant, tool_calls: [respelled, two!] }, ...results];
    expect((await ask(client, "signed", large, turns)).content).toBe("Hot.");
    expect(sent("signed")[1]).toMatchObject({ content: [thinking, redacted, {}, {}, {}] });
    // Without the store, and without the large body's thread.
    expect((await ask(client, "signed", { stream }, turns)).content).toBe("Hot.");
  });

  test("another project with the same calls gets nothing, nor one that wants none kept", async () => {
    const first = await ask(await openAi(), "signed", { stream });
    for (const project of ["other", "forgetful"]) {
      const failure = await failureOf(ask(await openAi(project), "signed", { stream }, turnsAfter(first)));
      expect(failure).toContain("Expected `thinking`");
    }
    const forgetful = await openAi("forgetful");
    const own = await ask(forgetful, "signed", { stream });
    expect(await failureOf(ask(forgetful, "signed", { stream }, turnsAfter(own)))).toContain("Expected `thinking`");
  });

  test("calls of the same ids that say something else get nothing", async () => {
    const client = await openAi();
    const first = await ask(client, "signed", { stream });
    const [call] = first.tool_calls as OpenAI.ChatCompletionMessageFunctionToolCall[];
    const other = { ...call!, function: { ...call!.function, arguments: '{"city":"Dammam"}' } };
    const failure = await failureOf(ask(client, "signed", { stream }, turnsAfter({ ...first, tool_calls: [other] })));
    expect(failure).toContain("Expected `thinking`");
  });

  test("a vendor that demands what was thought gets it from a client of its own dialect that left it out", async () => {
    const client = await openAi();
    const first = await ask(client, "demanding", { stream });
    const turns = turnsAfter(first);
    expect((await ask(client, "demanding", { stream }, turns)).content).toBe("Hot.");
    expect(sent("demanding")[1]).toMatchObject({ reasoning_content: thought });
    // A turn that nobody here knows gets an empty one; what the client has itself stays as it is.
    const unknown = turnsAfter({ ...first, tool_calls: [{ ...calls[0]!, id: "call_x", type: "function" }] });
    const withOwn: Message = { ...turns[0], reasoning_content: "My own." };
    const own = [withOwn as unknown as OpenAI.ChatCompletionMessageParam, ...turns.slice(1)];
    expect(
      (await ask(client, "demanding", { stream }, [...unknown, question, ...own, question, ...turns])).content,
    ).toBe("Hot.");
    const texts = sent("demanding").flatMap((message) => message["reasoning_content"] ?? []);
    expect(texts).toEqual(["", "My own.", thought]);
    expect((await ask(await openAi("forgetful"), "demanding", { stream }, turns)).content).toBe("Hot.");
    expect(sent("demanding")[1]).toMatchObject({ reasoning_content: "" });
  });

  test("the same after a restart and in a large body", async () => {
    const large = { stream, first: { role: "user" as const, content: `Weather? ${"word ".repeat(60_000)}` } };
    const first = await ask(await openAi(), "demanding", large);
    await sahab.restart();
    expect((await ask(await openAi(), "demanding", large, turnsAfter(first))).content).toBe("Hot.");
    expect(sent("demanding")[1]).toMatchObject({ reasoning_content: thought });
  });

  test("it gets it from a client of Messages, too, whether that sends its thoughts back or not", async () => {
    const anthropic = new Anthropic({ apiKey: (await sahab.createKey()).key, baseURL: sahab.address, maxRetries: 0 });
    const body = {
      model: "demanding",
      max_tokens: 100,
      tools: [{ name: "weather", input_schema: { type: "object" as const } }],
    };
    const user: Anthropic.MessageParam = { role: "user", content: "Weather?" };
    const message = (messages: Anthropic.MessageParam[]) =>
      stream
        ? anthropic.messages.stream({ ...body, messages }).finalMessage()
        : anthropic.messages.create({ ...body, messages });
    const { content } = await message([user]);
    const asked = content.filter((block) => block.type === "tool_use");
    const results = asked.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "41 °C" }));
    for (const kept of [content, asked]) {
      const answer = await message([user, { role: "assistant", content: kept }, { role: "user", content: results }]);
      expect(answer.content).toMatchObject([{ type: "text", text: "Hot." }]);
      expect(sent("demanding")[1]).toMatchObject({ reasoning_content: thought });
    }
  });
});

test("of two processes each knows what the other has kept", async () => {
  const port = String(await findFreePort());
  const two = await runSahab({ config: config(), env: { SAHAB_WORKERS: "2", SAHAB_PORT: port } });
  try {
    const { key } = await two.createKey();
    // Each call is a connection of its own, so that both processes get some.
    const send = async (messages: unknown[]) => {
      const answer = await two.call(
        "/v1/chat/completions",
        { model: "signed", tools, messages },
        { key, headers: { connection: "close" } },
      );
      return ((await answer.json()) as OpenAI.ChatCompletion).choices?.[0]?.message;
    };
    const first = await send([question]);
    const turns = turnsAfter(first!);
    const answers = await Promise.all(Array.from({ length: 16 }, () => send([question, ...turns])));
    expect(answers.map((message) => message?.content)).toEqual(Array.from({ length: 16 }, () => "Hot."));
  } finally {
    await two.close();
  }
});
