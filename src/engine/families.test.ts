import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { ChatRequest } from "../call/index.ts";
import { chatRequest, collect, never, startTestEngine } from "../testing/engine.ts";
import { startOf, writeScriptedModel } from "../testing/gguf/scripted-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

const folder = makeTemporaryFolder();
let running: Awaited<ReturnType<typeof startTestEngine>>;
const controls = ["[THINK]", "[/THINK]", "[TOOL_CALLS]", "[ARGS]", "<|hidden|>"];
beforeAll(async () => {
  const file = join(folder, "model.gguf");
  writeScriptedModel(
    file,
    { call: '[THINK]Where is 東京?[/THINK]I <|hidden|>ask.[TOOL_CALLS]get_weather[ARGS]{"city": "東京 [1]"}' },
    // What Mistral's templates write of calls and thoughts.
    `{%- for m in messages %}{{- m.role + m.content }}
{%- if m.thinking %}{{- '[THINK]' + m.thinking + '[/THINK]' }}{%- endif %}
{%- for c in m.tool_calls or [] %}{{- '[TOOL_CALLS]' + c.function.name + '[ARGS]' + (c.function.arguments | tojson) }}{%- endfor %}
{%- endfor %}{{- tools | tojson }}{{- '${startOf("call")}' }}`,
    controls,
  );
  running = await startTestEngine({ file });
});
afterAll(async () => {
  await running.close();
  removeTemporaryFolder(folder);
});

const tools = [
  {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { enum: ["Oslo", "Lima"] } }, required: ["city"] },
  },
];
const ask = (more: Partial<ChatRequest>) =>
  collect(
    running.client().chat(chatRequest("x", { sampling: { temperature: 0 }, maxOutputTokens: 200, ...more }), {
      signal: never(),
    }),
  );

test("a family's control tokens become a thought, text and a call", async () => {
  const { events, texts, calls, reasons } = await ask({ tools });
  expect(events.flatMap((event) => (event.type === "reasoning-delta" ? [event.text] : [])).join("")).toBe(
    "Where is 東京?",
  );
  expect(texts).toEqual(["I ask."]);
  expect(calls).toEqual([{ name: "get_weather", arguments: '{"city": "東京 [1]"}' }]);
  expect(reasons).toEqual(["tool-calls"]);
});

test("without tools the call is text", async () => {
  const { texts, calls, reasons } = await ask({});
  expect(texts).toEqual(['I ask.[TOOL_CALLS]get_weather[ARGS]{"city": "東京 [1]"}']);
  expect(calls).toEqual([]);
  expect(reasons).toEqual(["stop"]);
});

test("a demanded call is written in the family's form, and read", async () => {
  const { events, texts, calls, reasons } = await ask({
    tools,
    toolChoice: { type: "required" },
    parallelToolCalls: false,
  });
  expect(texts).toEqual([]);
  expect(events.some(({ type }) => type === "reasoning-delta")).toBe(false);
  expect(calls.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) as unknown }))).toEqual([
    { name: "get_weather", arguments: { city: expect.stringMatching(/^(Oslo|Lima)$/) as string } },
  ]);
  expect(reasons).toEqual(["tool-calls"]);
});
