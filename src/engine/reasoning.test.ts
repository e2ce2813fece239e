import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { chatRequest, collect, never, startTestEngine } from "../testing/engine.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import type { ChatRequest } from "../call/index.ts";

const folder = makeTemporaryFolder();
let running: Awaited<ReturnType<typeof startTestEngine>>;
beforeAll(async () => {
  const file = join(folder, "model.gguf");
  const chatTemplate = "{%- for m in messages %}{{- m.role + m.content }}{%- endfor %}{{- '<think>\\n' }}";
  await writeRandomModel(file, { architecture: "llama", seed: 7, chatTemplate });
  running = await startTestEngine({ file });
});
afterAll(async () => {
  await running.close();
  removeTemporaryFolder(folder);
});

// So hot that any token may come: the model ends within its reasoning, which it never closes.
const ask = (more: Partial<ChatRequest>) =>
  collect(
    running.client().chat(
      chatRequest("x", {
        sampling: { seed: 3, temperature: 10, topP: 1, topK: 0, minP: 0 },
        maxOutputTokens: 900,
        ...more,
      }),
      { signal: never() },
    ),
  );
const parameters = { type: "object", properties: { x: { type: "boolean" } }, required: ["x"] };

test("a model that ends within its reasoning gives the answer that a schema demands", async () => {
  const { events, texts, reasons, usage } = await ask({
    responseFormat: { type: "json-schema", name: "a", schema: parameters, strict: true },
  });
  expect(reasons).toEqual(["stop"]);
  expect(JSON.parse(texts[0] ?? "")).toEqual({ x: expect.any(Boolean) as boolean });
  expect(events.some(({ type }) => type === "reasoning-delta")).toBe(true);
  expect(usage?.reasoningTokens).toBeGreaterThan(0);
  expect(usage?.outputTokens).toBeGreaterThan(usage?.reasoningTokens ?? 0);
});

test("and the call that was demanded", async () => {
  const { calls, reasons } = await ask({
    tools: [{ name: "f", parameters }],
    toolChoice: { type: "required" },
    parallelToolCalls: false,
  });
  expect(reasons).toEqual(["tool-calls"]);
  expect(calls).toEqual([{ name: "f", arguments: expect.stringMatching(/"x"/) as string }]);
});

test("but a free answer ends there", async () => {
  const { texts, reasons } = await ask({});
  expect(reasons).toEqual(["stop"]);
  expect(texts).toEqual([]);
});

test("the limit counts what was put in the place of the end", async () => {
  const whole = await ask({ responseFormat: { type: "json-object" } });
  const reasoned = whole.usage?.reasoningTokens ?? 0;
  const { reasons, usage } = await ask({ responseFormat: { type: "json-object" }, maxOutputTokens: reasoned });
  expect(reasons).toEqual(["length"]);
  expect(usage?.outputTokens).toBe(reasoned);
});
