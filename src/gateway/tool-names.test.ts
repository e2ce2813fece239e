import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { geminiParts, geminiText } from "../testing/fake-gemini.ts";
import {
  chatChunk,
  doneEvent,
  startFakeVendor,
  streamOf,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Names of tools that a client may give and a vendor of another dialect refuses, as OpenAI and Google do with a 400.

const refused = (name: string) =>
  Response.json({ error: { message: `Invalid function name ${name}` } }, { status: 400 });

/** Calls the first tool by the name that the vendor knows. */
const chat: Script = (call) => {
  const tools = call.body["tools"] as { function: { name: string } }[];
  const odd = tools.find((tool) => !/^[\w-]{1,64}$/.test(tool.function.name));
  if (odd) return refused(odd.function.name);
  const called = {
    index: 0,
    id: "call_a",
    type: "function",
    function: { name: tools[0]?.function.name, arguments: "{}" },
  };
  return streamOf([chatChunk({ tool_calls: [called] }), chatChunk({}, {}, "tool_calls"), doneEvent])(call);
};

const gemini: Script = (call) => {
  const [tool] = call.body["tools"] as { functionDeclarations: { name: string }[] }[];
  const name = tool?.functionDeclarations[0]?.name ?? "";
  if (!/^[A-Za-z_][\w.:-]{0,63}$/.test(name)) return refused(name);
  if (call.text.includes("functionResponse")) return geminiText(["Done"])(call);
  return geminiParts([{ functionCall: { name, args: {} }, thoughtSignature: "c2lnbmF0dXJl" }])(call);
};

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({ chat, "gemini-3-pro": gemini });
  const price = { currency: "USD", input: 1, output: 2 };
  sahab = await runSahab({
    config: {
      providers: [
        { name: "c", vendor: "compatible", base_url: vendor.url },
        { name: "g", vendor: "compatible", base_url: vendor.url, apis: ["gemini"] },
      ],
      models: [
        { name: "chat", targets: [{ provider: "c", model: "chat" }], price },
        { name: "gem", targets: [{ provider: "g", model: "gemini-3-pro" }], price },
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

test("Google's client gets its own names back from a vendor of OpenAI's dialect", async () => {
  const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: sahab.address } });
  const name = "files.server:list";
  const config = { tools: [{ functionDeclarations: [{ name }] }] };
  const stream = await google.models.generateContentStream({ model: "chat", contents: "Hi", config });
  const called: unknown[] = [];
  for await (const chunk of stream) called.push(...(chunk.functionCalls ?? []).map((call) => call.name));
  expect(called).toEqual([name]);
});

test.each([
  ["small", 10],
  ["large", 400_000],
])(
  "in a %s request Anthropic's client has longer names than Google takes, and thoughts come back",
  async (_, chars) => {
    const anthropic = new Anthropic({ apiKey: key, baseURL: sahab.address, maxRetries: 0 });
    const name = `mcp__plugin_pages__${"read_one_".repeat(8)}`;
    const tools = [{ name, input_schema: { type: "object" as const } }];
    const hello = { role: "user" as const, content: "Hi ".padEnd(chars, "hello ") };
    const asked = { model: "gem", max_tokens: 99, tools };
    const first = await anthropic.messages.create({ ...asked, messages: [hello] });
    const calls = first.content.flatMap((block) => (block.type === "tool_use" ? [block] : []));
    expect(calls.map((call) => call.name)).toEqual([name]);
    const results = calls.map((call) => ({ type: "tool_result" as const, tool_use_id: call.id, content: "ok" }));
    const messages = [
      hello,
      { role: "assistant" as const, content: first.content },
      { role: "user" as const, content: results },
    ];
    const second = await anthropic.messages.create({ ...asked, messages });
    expect(second.content).toMatchObject([{ type: "text", text: "Done" }]);
    const sent = vendor.callsFor("gemini-3-pro").at(-1)?.body ?? {};
    const [, turn, answer] = sent["contents"] as { parts: unknown[] }[];
    const plain = expect.stringMatching(/^mcp__plugin_pages__[\w-]{1,45}$/) as string;
    expect(turn?.parts).toMatchObject([{ functionCall: { name: plain }, thoughtSignature: "c2lnbmF0dXJl" }]);
    expect(answer?.parts).toMatchObject([{ functionResponse: { name: plain } }]);
  },
);
