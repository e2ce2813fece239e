import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askCodex, callsOf, codexRequest, message, outputsOf, patchGrammar } from "../../testing/agents/codex.ts";
import type { Asked } from "../../testing/wire/asked.ts";
import { object, string, type Json } from "../../testing/wire/json.ts";
import { Proofs, type Kit, type Script } from "../../testing/wire/kit.ts";
import { nothingSaid, type Said } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../../testing/wire/start-wire.ts";

// Turns of Codex, over vendors of each dialect: what it sends is carried or named, its kinds of tools work with every vendor, thoughts
// go back with the proofs that vendors want, and what it does on its own (compressed bodies, compaction, refused WebSockets) is served.

const usage = { input: 120, cached: 0, output: 30, reasoning: 12 };
const say = (fields: Partial<Said>): Said => ({ ...nothingSaid(), stop: "stop", usage, ...fields });
const patch = '*** Begin Patch\n*** Update File: a.txt\n@@\n-hi "you"\n+hello\n*** End Patch\n';
const thought = "The greeting is wrong.\nA patch mends it.";

/** Calls as a vendor without such tools sees them. */
const calls = [
  { id: "call_1", name: "exec_command", arguments: { cmd: "cat a.txt" } },
  { id: "call_2", name: "apply_patch", arguments: { input: patch } },
  { id: "call_3", name: "multi_agent_v1__close_agent", arguments: { target: "b" } },
];

const others = spokenKits.filter(({ api }) => api !== "responses");
const responses = spokenKits.find(({ api }) => api === "responses") as Kit;

function turns(said: readonly Said[], fields: Partial<Script> = {}): Script {
  return { answers: [...said], proofs: new Proofs(), ...fields };
}

const works = (): Script =>
  turns([say({ reasoning: thought, calls, stop: "tool-calls" }), say({ text: "It is mended." })], { thinks: true });
const summary = (): Script => turns([say({ text: "They want a greeting." })]);
const tooLong = { status: 400, message: "This model's maximum context length is 8192 tokens" };

const models = [
  ...others.flatMap((vendor) => [
    { name: `works-${vendor.api}`, vendor, script: works() },
    { name: `sums-${vendor.api}`, vendor, script: summary() },
  ]),
  { name: "sums-responses", vendor: responses, script: summary() },
  {
    name: "works-responses",
    vendor: responses,
    script: turns([
      say({ reasoning: thought, calls: calls.slice(0, 1), stop: "tool-calls" }),
      say({ text: "It is mended." }),
    ]),
  },
  { name: "long-chat", vendor: others[0] as Kit, script: turns([], { error: tooLong }) },
  { name: "long-responses", vendor: responses, script: turns([], { error: tooLong }) },
  { name: "busy-chat", vendor: others[0] as Kit, script: turns([], { error: { status: 429, message: "Too many" } }) },
];

let wire: Wire;

beforeAll(async () => {
  wire = await startWire(models);
});

afterAll(() => wire?.close());

const ask = (model: string, input: readonly object[] = []) => askCodex(wire, codexRequest(model, input));
const droppedOf = (headers: Headers) => (headers.get("x-sahab-dropped") ?? "").split(",").filter(Boolean).toSorted();

describe.each(others)("over a vendor of $api", (vendor) => {
  const model = `works-${vendor.api}`;

  test("two turns with thoughts and every kind of tool", async () => {
    const first = await ask(model);
    expect({ status: first.status, refused: wire.serverOf(vendor).refusedFor(model) }).toEqual({
      status: 200,
      refused: [],
    });
    expect(first.isCompleted).toBe(true);
    expect(first.shown.summary).toBe(thought);
    expect(callsOf(first.items)).toEqual([
      { type: "function_call", name: "exec_command", given: { cmd: "cat a.txt" } },
      { type: "custom_tool_call", name: "apply_patch", given: patch },
      { type: "function_call", name: "close_agent", namespace: "multi_agent_v1", given: { target: "b" } },
    ]);
    // What only OpenAI has is named, each by its place.
    expect(droppedOf(first.headers)).toEqual([
      "client_metadata",
      "prompt_cache_key",
      "tools[3]",
      "tools[4]",
      "tools[5]",
      "tools[6]",
      "tools[].format",
    ]);

    const second = await ask(model, [...first.items, ...outputsOf(first.items)]);
    expect({ shown: second.shown.text, refused: wire.serverOf(vendor).refusedFor(model) }).toEqual({
      shown: "It is mended.",
      refused: [],
    });
    expect(second.usage).toMatchObject({ input_tokens: 120, output_tokens: 30, total_tokens: 150 });
    const [, asked] = wire.serverOf(vendor).askedFor(model);
    expect(givenBack(asked)).toEqual([
      ["exec_command", { cmd: "cat a.txt" }, "Exit code: 0"],
      ["apply_patch", { input: patch }, "Done!"],
      ["multi_agent_v1__close_agent", { target: "b" }, "Exit code: 0"],
    ]);
  });

  test("the grammar of a patch is told to the model, which nothing else binds to it", () => {
    const [asked] = wire.serverOf(vendor).askedFor(model);
    const tool = asked?.tools.find(({ name }) => name === "apply_patch");
    expect(JSON.stringify(tool?.parameters)).toContain(JSON.stringify(patchGrammar).slice(1, -1));
    expect(asked?.tools.map(({ name }) => name)).toEqual([
      "exec_command",
      "multi_agent_v1__close_agent",
      "apply_patch",
    ]);
  });

  test("nothing of its own reaches the vendor", () => {
    const sent = JSON.stringify(wire.serverOf(vendor).bodiesFor(model));
    expect(sent).not.toContain("i-secret");
    const names = wire
      .serverOf(vendor)
      .headersFor(model)
      .flatMap((headers) => [...headers.keys()]);
    expect(names.filter((name) => /codex|originator|session|thread|chatgpt|openai|client-request/.test(name))).toEqual(
      [],
    );
    for (const headers of wire.serverOf(vendor).headersFor(model))
      expect(headers.get("user-agent") ?? "").not.toContain("codex");
  });
});

/** The calls that a vendor was given back, with what they gave. */
function givenBack(asked: Asked | undefined): unknown[] {
  const results = (asked?.turns ?? []).flatMap((turn) => (turn.role === "tool" ? turn.results : []));
  const made = (asked?.turns ?? []).flatMap((turn) =>
    turn.role === "assistant" ? turn.parts.flatMap((part) => (part.type === "call" ? [part.call] : [])) : [],
  );
  return made.map(({ name, arguments: args }, index) => [name, args, results[index]?.text]);
}

test("over a vendor of responses its bytes pass, and its thoughts with them", async () => {
  const body = (input: readonly object[]) => {
    const { tools, ...rest } = codexRequest("works-responses", input);
    return { ...rest, tools: (tools as Json[]).slice(0, 1) };
  };
  const first = await askCodex(wire, body([]));
  expect(first.shown.summary).toBe(thought);
  const reasoning = first.items.find(({ type }) => type === "reasoning");
  expect(string(reasoning?.["encrypted_content"])).not.toBe("");
  const second = await askCodex(wire, body([...first.items, ...outputsOf(first.items)]));
  expect({ shown: second.shown.text, refused: wire.serverOf(responses).refusedFor("works-responses") }).toEqual({
    shown: "It is mended.",
    refused: [],
  });
  expect(wire.serverOf(responses).bodiesFor("works-responses")[1]).toEqual(
    body([...first.items, ...outputsOf(first.items)]),
  );
});

describe("a conversation that is made shorter", () => {
  const said = message("user", "Long ago");

  test.each([...others, responses])("by an item in the input, over a vendor of $api", async (vendor) => {
    const model = `sums-${vendor.api}`;
    const body = (input: readonly object[]) => {
      const { tools, ...rest } = codexRequest(model, input);
      return { ...rest, tools: (tools as Json[]).slice(0, 1) };
    };
    const short = await askCodex(wire, body([said, { type: "compaction_trigger" }]));
    expect({ status: short.status, isCompleted: short.isCompleted, failure: short.failure }).toEqual({
      status: 200,
      isCompleted: true,
      failure: undefined,
    });
    // It takes any other number of items for a failure.
    expect(short.items.map(({ type }) => type)).toEqual(["compaction"]);
    const [sent] = wire.serverOf(vendor).askedFor(model);
    expect(JSON.stringify(sent?.turns.at(-1))).toContain("Write a summary");
    expect(JSON.stringify(wire.serverOf(vendor).bodiesFor(model)[0])).not.toContain("compaction");

    const next = await askCodex(wire, body([said, ...short.items, message("user", "Go on")]));
    expect(next.isCompleted).toBe(true);
    const asked = wire.serverOf(vendor).askedFor(model).at(-1);
    expect(JSON.stringify(asked?.turns)).toContain("They want a greeting.");
    expect(JSON.stringify(asked)).not.toContain("sahab-summary");
    expect(wire.serverOf(vendor).refusedFor(model)).toEqual([]);
  });
});

describe("errors as it acts on them", () => {
  test.each(["long-chat", "long-responses"])("a prompt that is too long for %s fails in the stream", async (model) => {
    const { status, failure, isCompleted } = await askCodex(wire, {
      ...codexRequest(model, []),
      tools: [],
    });
    expect({ status, code: failure?.code, isCompleted }).toEqual({
      status: 200,
      code: "context_length_exceeded",
      isCompleted: false,
    });
  });

  test("when to come back is said in the words that it looks for", async () => {
    const { failure } = await ask("busy-chat");
    expect(failure?.code).toBe("rate_limit_exceeded");
    expect(failure?.message).not.toBe("");
  });

  test("other clients get the status", async () => {
    const body = { ...codexRequest("long-chat", []), tools: [] };
    const other = await askCodex(wire, body, { originator: "my-app", "user-agent": "OpenAI/JS 6.0.0" });
    expect([other.status, object(object(JSON.parse(other.body))["error"])["code"]]).toEqual([
      400,
      "context_length_exceeded",
    ]);
  });

  test("a wrong key is 401, before the body is looked at", async () => {
    const response = await fetch(`${wire.address}/v1/responses`, {
      method: "POST",
      headers: { authorization: "Bearer sk-wrong", "content-encoding": "zstd" },
      body: "no zstd at all",
    });
    expect(response.status).toBe(401);
  });
});

describe("compressed bodies", () => {
  const send = (body: Uint8Array | string, coding: string) =>
    fetch(`${wire.address}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${wire.key}`, "content-type": "application/json", "content-encoding": coding },
      body,
    });

  test("of two megabytes", async () => {
    const long = Array.from({ length: 200 }, () => message("user", "x".repeat(10_000)));
    const { isCompleted } = await ask("works-chat", long);
    expect(isCompleted).toBe(true);
  });

  test.each([
    ["an unknown coding", "{}", "rot13", 415, "unsupported_encoding"],
    ["a broken stream", "no zstd at all", "zstd", 400, "invalid_request"],
    ["more than fits", zstdCompressSync(Buffer.alloc(40_000_000)), "zstd", 413, "body_too_large"],
  ] as const)("%s", async (_, body, coding, status, code) => {
    const response = await send(body, coding);
    const { error } = (await response.json()) as { error: { code: string } };
    expect([response.status, error.code]).toEqual([status, code]);
  });
});

test("a WebSocket is refused at once, and the same connection goes on", async () => {
  const body = JSON.stringify({ ...codexRequest("works-chat", []), tools: [] });
  const upgrade = `GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nauthorization: Bearer ${wire.key}\r\n\r\n`;
  const post = `POST /v1/responses HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${wire.key}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
  let text = "";
  const { promise, resolve } = Promise.withResolvers<void>();
  const { hostname, port } = new URL(wire.address);
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(one, bytes) {
        const isFirst = text === "";
        text += bytes.toString();
        if (isFirst) one.write(post);
      },
      close: () => resolve(),
    },
  });
  socket.write(upgrade);
  await promise;
  expect(text).toStartWith("HTTP/1.1 426");
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 426", "HTTP/1.1 200"]);
  expect(text).toContain("response.completed");
});

test("its list of models has all that its parser demands: it takes the whole list or none of it", async () => {
  const response = await fetch(`${wire.address}/v1/models?client_version=0.171.0`, {
    headers: { authorization: `Bearer ${wire.key}` },
  });
  const { data, models: listed } = (await response.json()) as { data: { id: string }[]; models: Json[] };
  expect(listed.map(({ slug }) => slug)).toEqual(data.map(({ id }) => id));
  // Fields of `ModelInfo` without a default, and the values that its enums have.
  for (const model of listed) {
    for (const name of ["slug", "display_name", "base_instructions"]) expect(string(model[name])).not.toBe("");
    for (const name of ["supported_in_api", "support_verbosity", "supports_reasoning_summaries"])
      expect([name, typeof model[name]]).toEqual([name, "boolean"]);
    expect(model["supports_parallel_tool_calls"]).toBe(true);
    expect(model["visibility"]).toBe("list");
    expect(["default", "unified_exec"]).toContain(string(model["shell_type"]));
    expect(model["apply_patch_tool_type"]).toBe("freeform");
    expect(model["truncation_policy"]).toEqual({ mode: "bytes", limit: 10_000 });
    expect([model["supported_reasoning_levels"], model["experimental_supported_tools"]]).toEqual([[], []]);
    expect(Number.isInteger(model["priority"])).toBe(true);
  }
});

test.each(["/v1/memories/trace_summarize", "/v1/realtime/calls", "/v1/alpha/search"])(
  "%s, which only OpenAI has, is 404 in its own shape",
  async (path) => {
    const response = await fetch(wire.address + path, {
      method: "POST",
      headers: { authorization: `Bearer ${wire.key}` },
      body: "{}",
    });
    const { error } = (await response.json()) as { error: { code: string } };
    expect([response.status, error.code]).toEqual([404, "not_found"]);
  },
);
