import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  askGeminiCli,
  classifierRequest,
  functionCallsOf,
  geminiRequest,
  nextContents,
  userTurn,
} from "../../testing/agents/gemini-cli.ts";
import { object, string, type Json } from "../../testing/wire/json.ts";
import { Proofs, type Kit, type Script } from "../../testing/wire/kit.ts";
import { nothingSaid, type Said } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../../testing/wire/start-wire.ts";

// What Gemini CLI asks, over vendors of each dialect: its question to a classifier, a task over two turns with thoughts and a tool, and
// errors in Google's shape whatever goes wrong, since it ends with a stack trace at any other.

const usage = { input: 120, cached: 0, output: 30, reasoning: 12 };
const say = (fields: Partial<Said>): Said => ({ ...nothingSaid(), stop: "stop", usage, ...fields });
const thought = "A file is wanted.\nIt is written.";
const call = { id: "call_1", name: "write_file", arguments: { file_path: "/a", content: "hi" } };
const grade = '{"complexity_reasoning":"Easy","complexity_score":1}';

const script = (answers: Said[], fields: Partial<Script> = {}): Script => ({
  answers,
  proofs: new Proofs(),
  ...fields,
});
const gemini = spokenKits.find(({ api }) => api === "gemini") as Kit;
const chat = spokenKits.find(({ api }) => api === "chat") as Kit;

let wire: Wire;

beforeAll(async () => {
  wire = await startWire(
    [
      ...spokenKits.flatMap((vendor) => [
        {
          name: `works-${vendor.api}`,
          vendor,
          script: script(
            [say({ reasoning: thought, calls: [call], stop: "tool-calls" }), say({ text: "It is there." })],
            {
              thinks: true,
            },
          ),
        },
        { name: `grades-${vendor.api}`, vendor, script: script([say({ text: grade })]) },
      ]),
      { name: "busy", vendor: chat, script: script([], { error: { status: 429, message: "Too many" } }) },
    ],
    // It demands back what was thought, which the program leaves out.
    { vendors: { chat: "xiaomi" } },
  );
});

afterAll(() => wire?.close());

describe.each(spokenKits)("over a vendor of $api", (vendor) => {
  test("two turns with thoughts and a tool", async () => {
    const model = `works-${vendor.api}`;
    const contents = [userTurn("Create hello.txt")];
    const first = await askGeminiCli(wire, model, "streamGenerateContent?alt=sse", geminiRequest(contents));
    expect({ status: first.status, refused: wire.serverOf(vendor).refusedFor(model) }).toEqual({
      status: 200,
      refused: [],
    });
    expect(first.finish).toBe("STOP");
    const thoughts = first.parts.filter(({ thought: isThought }) => isThought === true);
    expect(thoughts.map(({ text }) => string(text)).join("")).toBe(thought);
    expect(functionCallsOf(first.parts)).toMatchObject([{ name: call.name, args: call.arguments }]);

    const next = nextContents(contents, first.parts);
    const second = await askGeminiCli(wire, model, "streamGenerateContent?alt=sse", geminiRequest(next));
    expect({ status: second.status, refused: wire.serverOf(vendor).refusedFor(model) }).toEqual({
      status: 200,
      refused: [],
    });
    expect(second.parts.map(({ text }) => string(text)).join("")).toBe("It is there.");
    expect(second.usage).toMatchObject({ promptTokenCount: 120, totalTokenCount: 150 });
    const asked = wire.serverOf(vendor).askedFor(model).at(-1);
    const results = asked?.turns.flatMap((turn) => (turn.role === "tool" ? turn.results : [])) ?? [];
    expect(results.map(({ text }) => text).join()).toContain("result of write_file");
    if (vendor === gemini) expect(wire.serverOf(vendor).bodiesFor(model).at(-1)?.["contents"]).toEqual(next);
  });

  test("the classifier's question", async () => {
    const model = `grades-${vendor.api}`;
    const { status, parts } = await askGeminiCli(wire, model, "generateContent", classifierRequest);
    expect({ status, refused: wire.serverOf(vendor).refusedFor(model) }).toEqual({ status: 200, refused: [] });
    expect(JSON.parse(parts.map(({ text }) => string(text)).join(""))).toEqual(JSON.parse(grade) as object);
    const [asked] = wire.serverOf(vendor).askedFor(model);
    expect(Object.keys(object(asked?.schema?.schema["properties" as never]))).toEqual([
      "complexity_reasoning",
      "complexity_score",
    ]);
  });

  test("the tools of Google's own are named as dropped, but to Google", async () => {
    const model = `grades-${vendor.api}`;
    const body = {
      contents: [userTurn("Search")],
      tools: [{ googleSearch: {} }, { urlContext: {} }],
    };
    if (vendor === gemini) return;
    const { status, headers } = await askGeminiCli(wire, model, "generateContent", body);
    expect([status, headers.get("x-sahab-dropped")]).toEqual([200, "tools[0].googleSearch,tools[1].urlContext"]);
  });
});

test("tokens are counted, and models are listed", async () => {
  const { status, body } = await askGeminiCli(wire, "works-chat", "countTokens", { contents: [userTurn("Hi")] });
  expect([status, typeof (JSON.parse(body) as Json)["totalTokens"]]).toEqual([200, "number"]);
  const list = await fetch(`${wire.address}/v1beta/models`, { headers: { "x-goog-api-key": wire.key } });
  const { models } = (await list.json()) as { models: { name: string }[] };
  expect(models.map(({ name }) => name)).toContain("models/works-chat");
});

describe("errors in Google's shape", () => {
  /** As its SDK reads them, which takes nothing else. */
  const shapeOf = (text: string) => {
    const { error } = JSON.parse(text) as { error: { code: number; message: string; status: string; details: Json[] } };
    return { code: error.code, status: error.status, hasMessage: error.message.length > 0 };
  };
  const authorized = () => ({ "x-goog-api-key": wire.key, "content-type": "application/json" });
  const body = JSON.stringify({ contents: [userTurn("Hi")] });

  test.each([
    ["/v1beta/models/works-chat:predictLongRunning", "POST", 405, "UNIMPLEMENTED"],
    ["/v1beta/cachedContents", "POST", 404, "NOT_FOUND"],
    ["/v1beta/models/none:generateContent", "POST", 404, "NOT_FOUND"],
    ["/v1beta/models/works-chat:generateContent", "GET", 404, "NOT_FOUND"],
    ["/v1beta/models", "PUT", 405, "UNIMPLEMENTED"],
  ])("%s by %s", async (path, method, code, status) => {
    const response = await fetch(wire.address + path, {
      method,
      headers: authorized(),
      ...(method !== "GET" && { body }),
    });
    expect(response.status).toBe(code);
    expect(shapeOf(await response.text())).toEqual({ code, status, hasMessage: true });
  });

  test.each(["/v1internal:loadCodeAssist", "/v1internal:onboardUser", "/v1internal/operations/a"])(
    "%s, by which it would log in",
    async (path) => {
      const response = await fetch(wire.address + path, {
        method: "POST",
        headers: { authorization: "Bearer ya29.token", "user-agent": "node" },
        body: "{}",
      });
      expect(shapeOf(await response.text())).toEqual({ code: 404, status: "NOT_FOUND", hasMessage: true });
    },
  );

  test.each([
    ["a wrong key", { "x-goog-api-key": "wrong" }, body, 401, "UNAUTHENTICATED"],
    ["no key", {}, body, 401, "UNAUTHENTICATED"],
    ["an unknown coding", { "content-encoding": "rot13" }, body, 415, "INVALID_ARGUMENT"],
    ["no JSON", {}, "{", 400, "INVALID_ARGUMENT"],
    [
      "more than fits",
      { "content-encoding": "zstd" },
      zstdCompressSync(Buffer.alloc(40_000_000)),
      413,
      "INVALID_ARGUMENT",
    ],
  ] as const)("%s", async (name, headers, sent, code, status) => {
    const own: Record<string, string> = name.includes("key") ? {} : authorized();
    const response = await fetch(`${wire.address}/v1beta/models/works-chat:generateContent`, {
      method: "POST",
      headers: { ...own, ...headers },
      body: sent,
    });
    expect(shapeOf(await response.text())).toEqual({ code, status, hasMessage: true });
  });

  test.each([
    ["a broken header", "broken header\r\n", 400],
    ["two lengths", "content-length: 1\r\ncontent-length: 2\r\n", 400],
    ["an endless head", `x: ${"y".repeat(200_000)}\r\n`, 431],
  ])("a head with %s", async (_, line, code) => {
    const { hostname, port } = new URL(wire.address);
    let text = "";
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data: (one, bytes) => {
          text += bytes.toString();
          one.end();
        },
        close: () => resolve(),
      },
    });
    socket.write(`POST /v1beta/models/m:generateContent HTTP/1.1\r\nhost: x\r\n${line}\r\n`);
    await promise;
    expect(text).toStartWith(`HTTP/1.1 ${code}`);
    expect(shapeOf(text.slice(text.indexOf("\r\n\r\n") + 4))).toMatchObject({ status: "INVALID_ARGUMENT" });
  });

  test("too many requests say when to come back, as its retries read it", async () => {
    const { body } = await askGeminiCli(wire, "busy", "streamGenerateContent?alt=sse", geminiRequest([userTurn("Hi")]));
    const { error } = JSON.parse(body) as { error: { code: number; details: Json[] } };
    expect(error.code).toBe(429);
    for (const detail of error.details) expect(string(detail["@type"])).toStartWith("type.googleapis.com/google.rpc.");
  });
});
