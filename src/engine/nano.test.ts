import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ToolDefinition } from "../call/index.ts";
import { chatRequest, collect, nanoFile, never, startTestEngine } from "../testing/engine.ts";
import type { EngineClient } from "./index.ts";

// The built-in model in our engine must answer as it did in PyTorch when it was made (models/nano/make).

interface FixtureCase {
  question: string;
  tools?: { function: ToolDefinition }[];
  prompt_tokens: number[];
  greedy: string;
}

const folder = join(import.meta.dir, "../../models/nano");
const { cases } = JSON.parse(readFileSync(join(folder, "fixture.json"), "utf8")) as { cases: FixtureCase[] };

let running: Awaited<ReturnType<typeof startTestEngine>>;
let client: EngineClient;

beforeAll(async () => {
  running = await startTestEngine({ file: nanoFile });
  client = running.client();
  await running.engine.whenReady(15_000);
});

afterAll(() => running.close());

const ask = (question: FixtureCase) =>
  collect(
    client.chat(
      chatRequest(question.question, {
        sampling: { temperature: 0 },
        maxOutputTokens: 200,
        tools: question.tools?.map((tool) => tool.function) ?? [],
      }),
      { signal: never() },
    ),
  );

test("the file is small enough to ship", () => {
  expect(statSync(nanoFile).size).toBeLessThan(12_000_000);
});

test("the prompt has as many tokens as PyTorch counted", async () => {
  for (const question of cases.filter((row) => !row.tools).slice(0, 12)) {
    const answer = await ask(question);
    expect({ question: question.question, tokens: answer.usage?.inputTokens }).toEqual({
      question: question.question,
      tokens: question.prompt_tokens.length,
    });
  }
});

test("greedy text is PyTorch's on at least 95 % of prompts", async () => {
  expect(cases.length).toBeGreaterThan(100);
  expect(cases.filter((row) => row.tools).length).toBeGreaterThan(3);
  const different: { question: string; found: string; wanted: string }[] = [];
  await Promise.all(
    cases.map(async (row) => {
      const answer = await ask(row);
      const found = answer.calls[0]
        ? `<tool_call>{"name": "${answer.calls[0].name}", "arguments": ${answer.calls[0].arguments}}</tool_call>`
        : (answer.texts[0] ?? "");
      if (simple(found) !== simple(row.greedy)) different.push({ question: row.question, found, wanted: row.greedy });
    }),
  );
  if (different.length > cases.length * 0.05) expect(different).toEqual([]);
});

/** The white space of a tool's arguments may differ. */
const simple = (text: string) => (text.startsWith("<tool_call>") ? text.replaceAll(/\s/g, "") : text.trim());
