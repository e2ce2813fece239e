import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Proofs } from "../../testing/wire/kit.ts";
import { nothingSaid } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire, type WireModel } from "../../testing/wire/start-wire.ts";

// What applications send that no reference has: to vendors of each dialect, and to the built-in model.

const said = { ...nothingSaid(), text: "Hello.", stop: "stop" as const };
const places = [...spokenKits.map(({ api }) => api), "nano"];
const messages = [{ role: "user", content: "Say hello" }];

/** Each request that is sent below, by a name. */
const oddFields: Record<string, object> = {
  "a bound that is null": { max_tokens: null },
  "a bound of -1, which is none": { max_tokens: -1 },
  "another bound of -1": { max_completion_tokens: -1 },
  "no tools, and how to choose one": { tools: [], tool_choice: "auto", parallel_tool_calls: true },
  "no tools, of which none": { tools: [], tool_choice: "none" },
  "no stop": { stop: null },
  "nulls that mean absent": {
    tools: null,
    tool_choice: null,
    max_completion_tokens: null,
    response_format: null,
    n: null,
  },
  "a seed with a point": { seed: 7.0 },
  "content that is null, and names": {
    messages: [
      { role: "developer", content: "Rules", name: "ops" },
      { role: "assistant", content: null, name: "bot" },
      { role: "user", content: "Say hello", name: "alice" },
    ],
  },
  "content that is null in any role": {
    messages: [
      { role: "system", content: null },
      { role: "user", content: null },
      { role: "assistant", content: null },
      ...messages,
    ],
  },
  "halves of pairs, and a NUL": {
    messages: [{ role: "user", content: "a\ud83d b\udc00 c\u0000 Say hello" }],
    user: "u\ud83d",
  },
  "19 digits": {
    messages: [
      ...messages,
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c 1:0", type: "function", function: { name: "f", arguments: '{"id":1234567890123456789}' } },
        ],
      },
      { role: "tool", tool_call_id: "c 1:0", content: "1234567890123456789" },
    ],
    tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
  },
};

/** What MCP servers and Zod write. */
const oddSchemas: Record<string, object> = {
  "lists of types": {
    type: "object",
    properties: { a: { type: ["string", "null"] }, b: { type: ["integer", "string"] } },
  },
  "items missing": { type: "object", properties: { a: { type: "array" } } },
  "boolean schemas": { type: "object", properties: { a: true, b: { type: "array", items: false } } },
  "bounds of draft 4": { type: "object", properties: { a: { type: "number", minimum: 0, exclusiveMinimum: true } } },
  tuples: {
    type: "object",
    properties: { a: { type: "array", items: [{ type: "string" }, { type: "number" }], additionalItems: false } },
  },
  "patterns, formats and bounds": {
    type: "object",
    properties: {
      a: { type: "string", pattern: "^(?=x)\\p{L}+$", format: "uri" },
      b: { type: "number", minimum: 0.5, multipleOf: 0.25 },
    },
  },
  "a reference to nowhere": { type: "object", properties: { a: { $ref: "#/$defs/Missing" } } },
  "what Zod adds": {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: { a: { anyOf: [{ type: "string", const: "x" }, { not: {} }], default: "x" } },
    additionalProperties: false,
  },
  "no type at all": { properties: { a: { enum: ["x", 1, null] } } },
  nothing: {},
};

let wire: Wire;
beforeAll(async () => {
  const models = Object.keys({ ...oddFields, ...oddSchemas }).flatMap((name): WireModel[] =>
    spokenKits.map((vendor) => ({
      name: modelOf(name, vendor.api),
      vendor,
      script: { answers: [said], proofs: new Proofs() },
    })),
  );
  wire = await startWire(models, { more: [{ name: "nano", local: { file: "nano.gguf" } }] });
});
afterAll(() => wire?.close());

function modelOf(name: string, place: string): string {
  return place === "nano" ? place : `${name.replace(/[^a-z0-9]+/gi, "-")}-${place}`;
}

async function post(name: string, place: string, fields: object) {
  const model = modelOf(name, place);
  const response = await fetch(`${wire.address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${wire.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages, temperature: 0, ...(place === "nano" && { max_tokens: 8 }), ...fields }),
  });
  const kit = spokenKits.find(({ api }) => api === place);
  return {
    status: response.status,
    text: await response.text(),
    id: response.headers.get("x-request-id"),
    sent: kit ? wire.serverOf(kit).bodiesFor(model).at(-1) : undefined,
    refused: kit ? wire.serverOf(kit).refusedFor(model) : [],
  };
}

const answered: string[] = [];

describe.each(Object.entries(oddFields))("%s", (name, fields) => {
  // What passes as it came is the vendor's to judge: OpenAI refuses some of these, and others take them.
  const takers = name === "content that is null in any role" ? places.filter((place) => place !== "chat") : places;
  test.each(takers)("→ %s", async (place) => {
    const { status, text, id, refused } = await post(name, place, fields);
    expect([status, status === 200 ? "" : text, refused]).toEqual([200, "", []]);
    expect((JSON.parse(text) as { choices: unknown[] }).choices).toHaveLength(1);
    answered.push(id ?? "");
  });
});

test("each of them has its record, whatever is in its texts", async () => {
  expect(answered.length).toBeGreaterThan(60);
  // Records are stored in the order of their requests.
  await wire.sahab.record(answered.at(-1) ?? "");
  const outcomes = new Map((await wire.sahab.records()).map(({ id, outcome }) => [id, outcome]));
  expect(answered.filter((id) => outcomes.get(id) !== "ok")).toEqual([]);
});

describe.each(Object.entries(oddSchemas))("a tool whose schema has %s", (name, parameters) => {
  const tools = [{ type: "function", function: { name: "f", description: "F", parameters } }];
  test.each(places)("→ %s", async (place) => {
    const { status, text, refused } = await post(name, place, { tools });
    expect([status, status === 200 ? "" : text, refused]).toEqual([200, "", []]);
  });
});

test("with strict: true the built-in model's error names the tool and the path", async () => {
  for (const [name, place] of [
    ["a reference to nowhere", "properties.a.$ref"],
    ["patterns, formats and bounds", "properties.a.pattern"],
  ] as const) {
    const tools = [{ type: "function", function: { name: "f", parameters: oddSchemas[name], strict: true } }];
    const { status, text } = await post(name, "nano", { tools, tool_choice: "required" });
    expect([status, text]).toEqual([400, expect.stringContaining(`tools[0].function.parameters.${place}`)]);
  }
});

test("a prompt that does not fit a local model is refused in the words at which agents compact, in each dialect", async () => {
  const long = "word and ".repeat(4_000);
  const ask = async (path: string, body: object) => {
    const response = await fetch(wire.address + path, {
      method: "POST",
      headers: { authorization: `Bearer ${wire.key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { error: { message: string } } };
  };
  const turn = [{ role: "user", content: long }];
  const answers = [
    await ask("/v1/chat/completions", { model: "nano", messages: turn }),
    await ask("/v1/chat/completions", { model: "nano", messages: turn, stream: true, max_tokens: 32_000 }),
    await ask("/v1/responses", { model: "nano", input: turn, store: false, stream: true }),
    await ask("/v1/messages", { model: "nano", messages: turn, max_tokens: 32_000 }),
    await ask("/v1beta/models/nano:generateContent", { contents: [{ role: "user", parts: [{ text: long }] }] }),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(400);
    // opencode, Cline, Roo and Claude Code look for one or the other.
    expect(body.error.message).toMatch(/prompt is too long: (?:at least )?\d+ tokens > 4095 maximum/);
    expect(body.error.message).toMatch(/maximum context length is 4096 tokens/);
  }
  expect(answers[0]?.body.error).toMatchObject({ code: "context_length_exceeded", type: "invalid_request_error" });
  expect(answers[3]?.body).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
});

test("a vendor of the client's own dialect is not sent fields by which a program says nothing, and it refuses", async () => {
  const sent = async (name: string) => (await post(name, "chat", oddFields[name] ?? {})).sent;
  for (const name of [
    "a bound that is null",
    "no stop",
    "nulls that mean absent",
    "a bound of -1, which is none",
    "another bound of -1",
    "no tools, and how to choose one",
    "no tools, of which none",
  ])
    expect(Object.keys((await sent(name)) ?? {}).toSorted()).toEqual(["messages", "model", "temperature"]);
});

test.each(places)(
  "a tool that must be called where there is none is refused, whoever would answer: %s",
  async (place) => {
    for (const tools of [[], null])
      for (const choice of ["required", { type: "function", function: { name: "f" } }]) {
        const name = "no tools, of which none";
        const { status, text } = await post(name, place, { tools, tool_choice: choice });
        expect([status, text]).toEqual([400, expect.stringContaining("tool_choice: allowed only with tools")]);
      }
  },
);

test("a choice among tools that turns bring is the vendor's to judge", async () => {
  const brought = { role: "system", tools: [{ type: "function", function: { name: "f" } }] };
  const fields = { messages: [...messages, brought], tools: [], tool_choice: "required" };
  const { sent } = await post("no tools, of which none", "chat", fields);
  expect(sent).toMatchObject(fields);
});
