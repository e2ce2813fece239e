import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Proofs, type Script } from "../../testing/wire/kit.ts";
import { ToolNames } from "../../dialect/tool-aliases.ts";
import { nothingSaid, type Said } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../../testing/wire/start-wire.ts";

// Tools of OpenAI's chat that take a free text, by its SDK, over vendors that have functions alone.

const usage = { input: 12, cached: 0, output: 3, reasoning: 0 };
const say = (fields: Partial<Said>): Said => ({ ...nothingSaid(), stop: "stop", usage, ...fields });
const text = 'SELECT "a"\nFROM b';
const calls = [
  { id: "call_1", name: "sql", arguments: { input: text } },
  { id: "call_2", name: "clock", arguments: { zone: "UTC" } },
];
/** What a custom tool is called where a function has its name. */
const twin = new ToolNames([
  { type: "custom", name: "sql" },
  { type: "function", name: "sql" },
]).flat("sql", undefined, true);
const twinCalls = [
  { id: "call_1", name: twin, arguments: { input: text } },
  { id: "call_2", name: "sql", arguments: { zone: "UTC" } },
];
const others = spokenKits.filter(({ api }) => api !== "chat");

let wire: Wire;
let openai: OpenAI;

beforeAll(async () => {
  wire = await startWire(
    others.flatMap((vendor) => {
      const scriptOf = (made: typeof calls): Script => ({
        answers: [say({ calls: made, stop: "tool-calls" }), say({ text: "Two rows." })],
        proofs: new Proofs(),
      });
      return [
        { name: vendor.api, vendor, script: scriptOf(calls) },
        { name: `twins-${vendor.api}`, vendor, script: scriptOf(twinCalls) },
      ];
    }),
  );
  openai = new OpenAI({ apiKey: wire.key, baseURL: `${wire.address}/v1`, maxRetries: 0 });
});

afterAll(() => wire?.close());

const tools: OpenAI.Chat.ChatCompletionTool[] = [
  {
    type: "custom",
    custom: {
      name: "sql",
      description: "Asks the database",
      format: { type: "grammar", grammar: { syntax: "lark", definition: "start: SELECT" } },
    },
  },
  { type: "function", function: { name: "clock", parameters: { type: "object", properties: {} } } },
];
const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [{ role: "user", content: "How many?" }];

describe.each(others)("over a vendor of $api", ({ api: model, ...vendor }) => {
  const server = () => wire.serverOf(others.find(({ name }) => name === vendor.name) ?? (others[0] as never));

  test("whole, and its result in the next turn", async () => {
    const { data, response } = await openai.chat.completions
      .create({ model, messages, tools, tool_choice: { type: "custom", custom: { name: "sql" } } })
      .withResponse();
    const message = data.choices[0]?.message;
    expect(message?.tool_calls).toMatchObject([
      { type: "custom", custom: { name: "sql", input: text } },
      { type: "function", function: { name: "clock", arguments: '{"zone":"UTC"}' } },
    ]);
    expect(response.headers.get("x-sahab-dropped")).toBe("tools[].custom.format");
    const [asked] = server().askedFor(model);
    expect(asked?.choice).toEqual({ name: "sql" });
    expect(JSON.stringify(asked?.tools[0])).toContain("start: SELECT");
    const results = (message?.tool_calls ?? []).map(({ id }) => ({
      role: "tool" as const,
      tool_call_id: id,
      content: "2",
    }));
    const next = await openai.chat.completions.create({
      model,
      tools,
      messages: [...messages, message as OpenAI.Chat.ChatCompletionMessageParam, ...results],
    });
    expect(next.choices[0]?.message.content).toBe("Two rows.");
    const before = server()
      .askedFor(model)
      .at(-1)
      ?.turns.find(({ role }) => role === "assistant");
    const parts = before?.role === "assistant" ? before.parts : [];
    expect(parts.flatMap((part) => (part.type === "call" ? [part.call] : []))).toMatchObject([
      { name: "sql", arguments: { input: text } },
      { name: "clock" },
    ]);
    expect(server().refusedFor(model)).toEqual([]);
  });

  test("as a stream", async () => {
    const parts = new Map<number, { type?: string; name: string; input: string }>();
    const stream = await openai.chat.completions.create({ model, messages, tools, stream: true });
    for await (const { choices } of stream)
      for (const delta of (choices[0]?.delta.tool_calls ?? []) as {
        index: number;
        type?: string;
        custom?: { name?: string; input?: string };
        function?: { name?: string; arguments?: string };
      }[]) {
        const part = parts.get(delta.index) ?? { name: "", input: "" };
        if (delta.type !== undefined) part.type = delta.type;
        part.name += delta.custom?.name ?? delta.function?.name ?? "";
        part.input += delta.custom?.input ?? delta.function?.arguments ?? "";
        parts.set(delta.index, part);
      }
    expect([...parts.values()]).toEqual([
      { type: "custom", name: "sql", input: text },
      { type: "function", name: "clock", input: '{"zone":"UTC"}' },
    ]);
  });

  test("a function of the same name is another tool", async () => {
    const same = [...tools.slice(0, 1), { type: "function" as const, function: { name: "sql" } }];
    const choice = { type: "custom" as const, custom: { name: "sql" } };
    const asked = { model: `twins-${model}`, messages, tools: same, tool_choice: choice };
    const { choices } = await openai.chat.completions.create(asked);
    const message = choices[0]?.message;
    expect(message?.tool_calls).toMatchObject([
      { type: "custom", custom: { name: "sql", input: text } },
      { type: "function", function: { name: "sql", arguments: '{"zone":"UTC"}' } },
    ]);
    const [sent] = server().askedFor(asked.model);
    expect(sent?.tools.map(({ name }) => name)).toEqual([twin, "sql"]);
    expect(sent?.choice).toEqual({ name: twin });
    const results = (message?.tool_calls ?? []).map(({ id }) => ({
      role: "tool" as const,
      tool_call_id: id,
      content: "2",
    }));
    const after = [...messages, message as OpenAI.Chat.ChatCompletionMessageParam, ...results];
    const stream = await openai.chat.completions.create({
      model: asked.model,
      tools: same,
      messages: after,
      stream: true,
    });
    for await (const _ of stream);
    const before = server()
      .askedFor(asked.model)
      .at(-1)
      ?.turns.find(({ role }) => role === "assistant");
    const parts = before?.role === "assistant" ? before.parts : [];
    expect(parts.flatMap((part) => (part.type === "call" ? [part.call.name] : []))).toEqual([twin, "sql"]);
    expect(server().refusedFor(asked.model)).toEqual([]);
  });
});

/** A vendor of Responses has custom tools itself. */
const withoutCustom = others.filter(({ api }) => api !== "responses");

test.each(withoutCustom)("by Responses, too, a function of the same name is another tool: $api", async ({ api }) => {
  const { output } = await openai.responses.create({
    model: `twins-${api}`,
    input: "How many?",
    store: false,
    tools: [
      { type: "custom", name: "sql" },
      { type: "function", name: "sql", parameters: {}, strict: false },
    ],
  });
  expect(output).toMatchObject([
    { type: "custom_tool_call", name: "sql", input: text },
    { type: "function_call", name: "sql", arguments: '{"zone":"UTC"}' },
  ]);
});
