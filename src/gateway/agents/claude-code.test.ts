import { realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, readAnswer } from "../../testing/wire/ask.ts";
import type { Asked } from "../../testing/wire/asked.ts";
import { makeFeatures } from "../../testing/wire/features.ts";
import { list, string, type Json } from "../../testing/wire/json.ts";
import { Proofs, type Kit } from "../../testing/wire/kit.ts";
import { writeFeatureModel } from "../../testing/wire/local/scripted.ts";
import { nothingSaid, type Got, type Said } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../../testing/wire/start-wire.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import first from "./claude-code-1-first-turn.json";
import second from "./claude-code-2-tool-result.json";

// What Claude Code 2.1.197 sends (recorded in November 2026; texts are replaced by their length, and most tools are left out), over two turns
// with tools and thinking, at each kind of vendor and at a local model.

const recorded: Json = first.body;
/** The system's turn, which comes after the user's first. */
const [userTurn, systemTurn] = list(recorded["messages"]);
const resultTurn = list((second.body as Json)["messages"]).at(-1);
/** The engine's model calls a tool of this name. */
const weather = { name: "get_weather", description: "The weather", input_schema: { type: "object", properties: {} } };
/** Longer than any that it has by itself; those of other programs' servers may be. */
const longTool = {
  name: "mcp__long",
  description: "Long. ".repeat(10_700),
  input_schema: { type: "object", properties: {} },
};

const usage = { input: 120, cached: 0, output: 30, reasoning: 0 };
const called: Said = {
  ...nothingSaid(),
  reasoning: "I shall write the file.",
  calls: [{ id: "toolu_kit1", name: "Write", arguments: { file_path: "/home/somebody/hello.txt", content: "hi\n" } }],
  stop: "tool-calls",
  usage,
};
const done: Said = { ...nothingSaid(), text: "It is done.", stop: "stop", usage };
const scriptOf = () => ({ answers: [called, done], thinks: true, proofs: new Proofs() });

const messagesKit = spokenKits.find(({ api }) => api === "messages") as Kit;
const tooLong: Record<string, string> = {
  chat: "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.",
  messages: "prompt is too long: 5000 tokens > 4096 maximum",
  responses: "Your input exceeds the context window of this model. Please adjust your input and try again.",
  gemini: "The input token count (5000) exceeds the maximum number of tokens allowed (4096).",
  dashscope: "Range of input length should be [1, 4096]",
};
const local = "local";
const folder = realpathSync(makeTemporaryFolder());
let wire: Wire;

beforeAll(async () => {
  const file = join(folder, "scripted.gguf");
  writeFeatureModel(file, makeFeatures());
  wire = await startWire(
    spokenKits.flatMap((vendor) => [
      { name: `two-${vendor.api}`, vendor, script: scriptOf() },
      {
        name: `long-${vendor.api}`,
        vendor,
        script: { answers: [], proofs: new Proofs(), error: { status: 400, message: tooLong[vendor.api] ?? "" } },
      },
    ]),
    {
      more: [{ name: local, local: { file, context: 32_768, slots: 1 } }],
      env: { SAHAB_MODEL_FOLDERS: folder },
      vendors: { gemini: "google" },
    },
  );
});

afterAll(async () => {
  await wire?.close();
  removeTemporaryFolder(folder);
});

/** The recorded request with other turns and tools, for a model of ours. */
function bodyFor(model: string, messages: unknown[], tools: readonly object[] = []): Json {
  return { ...recorded, model, messages, tools: [...list(recorded["tools"]), ...tools] };
}

async function send(body: Json, path = first.path): Promise<Got & { raw: Response }> {
  const response = await fetch(wire.address + path, {
    method: "POST",
    headers: { ...first.headers, "content-type": "application/json", authorization: `Bearer ${wire.key}` },
    body: JSON.stringify(body),
  });
  const asked = { model: string(body["model"]), stream: body["stream"] === true } as Asked;
  const text = await response.clone().text();
  return {
    ...readAnswer(messagesKit, asked, { status: response.status, headers: response.headers, text }),
    raw: response,
  };
}

/** The turns of its second request: what the model said comes back as it came, and the tool's result behind it. */
function secondTurns(got: Got): unknown[] {
  const [call] = got.said.calls;
  const [result] = list(resultTurn?.["content"]);
  const answered = { ...result, tool_use_id: call?.id };
  return [userTurn, systemTurn, { role: "assistant", content: got.native }, { role: "user", content: [answered] }];
}

/** Where each vendor's request has the system's turn. */
const reminder = (text: string) => `<system-reminder>\n${text}\n</system-reminder>`;

describe.each(spokenKits.map((vendor) => ({ vendor, name: vendor.api })))(
  "at a vendor of $name",
  ({ vendor, name }) => {
    test("two turns with tools and thinking", async () => {
      const model = `two-${name}`;
      const server = wire.serverOf(vendor);
      const tools = [longTool];
      const got = await send(bodyFor(model, [userTurn, systemTurn], tools));
      expect({ error: got.error, refused: server.refusedFor(model) }).toEqual({ error: undefined, refused: [] });
      expect(got.said).toMatchObject({
        reasoning: called.reasoning,
        calls: [{ name: "Write", arguments: called.calls[0]?.arguments }],
        stop: "tool-calls",
      });
      const after = await send(bodyFor(model, secondTurns(got), tools));
      expect({ error: after.error, refused: server.refusedFor(model) }).toEqual({ error: undefined, refused: [] });
      expect(after.said).toMatchObject({ text: done.text, stop: "stop" });
      const [asked, later] = server.askedFor(model);
      if (!asked || !later) throw new Error("the vendor was asked twice");
      // The whole of what the program says reaches the model: its rules at the front, the system's turn in its place.
      const system = list(recorded["system"]).map(({ text }) => string(text));
      for (const text of system) expect(asked.system).toContain(text);
      const said = JSON.stringify(asked.turns);
      expect(said).toContain("Create hello.txt");
      const own = JSON.stringify(reminder(string(systemTurn?.["content"]))).slice(1, -1);
      expect(name === "responses" ? string(asked.system) : said.replaceAll('"},{"type":"text","text":"', "")).toContain(
        name === "responses" ? string(systemTurn?.["content"]) : own,
      );
      expect(asked.tools.find((tool) => tool.name === longTool.name)?.description).toBe(longTool.description);
      // Where the vendor proves or demands thoughts it gets them back; the kit refuses the turn otherwise.
      const turn = later.turns.find(({ role }) => role === "assistant");
      expect(turn?.role === "assistant" && turn.parts.map(({ type }) => type)).toContain("call");
      if (name !== "dashscope")
        expect(turn?.role === "assistant" && turn.parts[0]).toEqual({ type: "reasoning", text: called.reasoning });
    });

    test("thoughts of another vendor are never a reason to refuse", async () => {
      const foreign = [
        { type: "thinking", thinking: "Elsewhere thought.", signature: "c2lnbmVkIGVsc2V3aGVyZQ==" },
        { type: "redacted_thinking", data: "cmVkYWN0ZWQgZWxzZXdoZXJl" },
        { type: "tool_use", id: "toolu_elsewhere", name: "Write", input: { file_path: "/x", content: "x" } },
      ];
      const result = { type: "tool_result", tool_use_id: "toolu_elsewhere", content: "done" };
      const got = await send(
        bodyFor(`two-${name}`, [
          userTurn,
          systemTurn,
          { role: "assistant", content: foreign },
          { role: "user", content: [result] },
        ]),
      );
      expect({ error: got.error, text: got.said.text }).toEqual({ error: undefined, text: done.text });
    });

    test("tokens are counted", async () => {
      // An image counts for what it shows, and not for its bytes.
      const source = { type: "base64", media_type: "image/png", data: "A".repeat(200_000) };
      const turns = [
        { role: "user", content: [...list(userTurn?.["content"]), { type: "image", source }] },
        systemTurn,
      ];
      const { max_tokens: _, stream: __, ...body } = bodyFor(`two-${name}`, turns, [longTool]);
      const response = await fetch(`${wire.address}/v1/messages/count_tokens?beta=true`, {
        method: "POST",
        headers: { ...first.headers, "content-type": "application/json", authorization: `Bearer ${wire.key}` },
        body: JSON.stringify(body),
      });
      const { input_tokens: tokens } = (await response.json()) as { input_tokens: number };
      expect(response.status).toBe(200);
      // The long description alone has some 64,000 letters.
      expect(tokens).toBeGreaterThan(10_000);
      expect(tokens).toBeLessThan(40_000);
    });

    test.each(spokenKits.map((client) => ({ client, of: client.api })))(
      "a prompt that is too long is said in the words of a client of $of",
      async ({ client, of }) => {
        const turns: Asked["turns"] = [{ role: "user", parts: [{ type: "text", text: "Hi" }] }];
        const asked: Asked = { model: `long-${name}`, stream: false, turns, tools: [], stop: [], maxTokens: 64 };
        const got = await ask(client, asked, wire);
        expect(got.status).toBe(400);
        expect(got.error?.message).toMatch(contextWords[of] as RegExp);
      },
    );
  },
);

/** At which programs of each dialect make a conversation shorter. */
const contextWords: Record<string, RegExp> = {
  chat: /maximum context length is 4096 tokens|exceeds the context window/,
  responses: /maximum context length is 4096 tokens|exceeds the context window/,
  messages: /prompt is too long/,
  gemini: /input token count.* exceeds the maximum number of tokens allowed/,
  dashscope: /Range of input length/,
};

describe("at a local model", () => {
  test("two turns with tools and thinking", async () => {
    const got = await send(bodyFor(local, [userTurn, systemTurn], [weather]));
    expect(got.error).toBeUndefined();
    expect(got.said).toMatchObject({ calls: [{ name: "get_weather" }], stop: "tool-calls" });
    expect(got.said.reasoning).not.toBe("");
    const after = await send(bodyFor(local, secondTurns(got), [weather]));
    expect(after.error).toBeUndefined();
    // Its model answers so where it is shown what it thought.
    expect(after.said.text).toStartWith("Clouds");
  });

  test("tokens are counted", async () => {
    const { max_tokens: _, stream: __, ...body } = bodyFor(local, [userTurn, systemTurn]);
    const { input_tokens: tokens } = (await (
      await fetch(`${wire.address}/v1/messages/count_tokens`, {
        method: "POST",
        headers: { ...first.headers, "content-type": "application/json", authorization: `Bearer ${wire.key}` },
        body: JSON.stringify(body),
      })
    ).json()) as { input_tokens: number };
    expect(tokens).toBeGreaterThan(100);
  });

  test.each(spokenKits.map((client) => ({ client, of: client.api })))(
    "a prompt that is too long is said in the words of a client of $of",
    async ({ client, of }) => {
      const turns: Asked["turns"] = [{ role: "user", parts: [{ type: "text", text: "Hi ".repeat(40_000) }] }];
      const asked: Asked = { model: local, stream: false, turns, tools: [], stop: [], maxTokens: 64 };
      const got = await ask(client, asked, wire);
      expect(got.status).toBe(400);
      expect(got.error?.code || "context_length_exceeded").toBe("context_length_exceeded");
      expect(got.error?.message.replaceAll("32768", "4096")).toMatch(contextWords[of] as RegExp);
    },
  );
});
