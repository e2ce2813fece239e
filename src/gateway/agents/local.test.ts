import { realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { askCodex, callsOf, codexRequest, outputsOf } from "../../testing/agents/codex.ts";
import {
  askGeminiCli,
  functionCallsOf,
  geminiRequest,
  nextContents,
  userTurn,
} from "../../testing/agents/gemini-cli.ts";
import { askQwenCode, nextMessages, qwenRequest } from "../../testing/agents/qwen-code.ts";
import { runSahab, type TestSahab } from "../../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { makeFeatures } from "../../testing/wire/features.ts";
import { list, object, string, type Json } from "../../testing/wire/json.ts";
import { writeFeatureModel } from "../../testing/wire/local/scripted.ts";

// Agents over a model on this machine that thinks and calls a tool, and knows in the second turn what it thought.

const folder = realpathSync(makeTemporaryFolder());
const model = "scripted";
const features = makeFeatures();
const [first, second] =
  features.find(({ name }) => name === "reasoning with tools over two turns")?.script.answers ?? [];
const called = first?.calls[0];
const weather = {
  name: "get_weather",
  description: "The weather",
  parameters: {
    type: "object",
    properties: { place: { type: "string" }, days: { type: "integer" } },
    required: ["place"],
  },
};

let sahab: TestSahab;
let server: { address: string; key: string };

beforeAll(async () => {
  const file = join(folder, "scripted.gguf");
  writeFeatureModel(file, features);
  sahab = await runSahab({
    env: { SAHAB_MODEL_FOLDERS: folder },
    config: { models: [{ name: model, local: { file, context: 8192, slots: 2 } }], projects: [{ name: "default" }] },
  });
  const { key } = await sahab.createKey();
  server = { address: sahab.address, key };
});

afterAll(async () => {
  await sahab?.close();
  removeTemporaryFolder(folder);
});

test("Codex", async () => {
  const body = (input: readonly object[]) => {
    const all = codexRequest(model, input);
    return { ...all, tools: [{ type: "function", strict: false, ...weather }, ...list(all["tools"]).slice(2)] };
  };
  const turn = await askCodex(server, body([]));
  expect(turn.shown.summary).toBe(first?.reasoning ?? "");
  expect(callsOf(turn.items)).toEqual([{ type: "function_call", name: called?.name, given: called?.arguments }]);
  const next = await askCodex(server, body([...turn.items, ...outputsOf(turn.items)]));
  expect([next.shown.text, next.isCompleted]).toEqual([second?.text ?? "", true]);
});

test("Gemini CLI", async () => {
  const body = (contents: readonly object[]) => {
    const { parameters: parametersJsonSchema, ...rest } = weather;
    return { ...geminiRequest(contents), tools: [{ functionDeclarations: [{ ...rest, parametersJsonSchema }] }] };
  };
  const contents = [userTurn("What of clouds?")];
  const turn = await askGeminiCli(server, model, "streamGenerateContent?alt=sse", body(contents));
  expect(functionCallsOf(turn.parts)).toMatchObject([{ name: called?.name, args: called?.arguments }]);
  const next = await askGeminiCli(
    server,
    model,
    "streamGenerateContent?alt=sse",
    body(nextContents(contents, turn.parts)),
  );
  // The program leaves out what was thought, and this model says so.
  expect(next.parts.map(({ text }) => string(text)).join("")).toBe("I do not know why I called.");
  expect(next.finish).toBe("STOP");
});

test("Qwen Code", async () => {
  const body = (messages: readonly object[]): Json => ({
    ...object(qwenRequest(model, messages)),
    tools: [{ type: "function", function: weather }],
    max_tokens: 1000,
    // As its settings may say.
    reasoning_effort: "medium",
  });
  const turn = await askQwenCode(server, body([]));
  expect([turn.reasoning, turn.calls.map(({ name }) => name)]).toEqual([first?.reasoning ?? "", [weather.name]]);
  const next = await askQwenCode(server, body(nextMessages(turn)));
  expect(next.text).toBe(second?.text ?? "");
});
