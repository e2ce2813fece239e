import { describe, expect, test } from "bun:test";
import type { ChatMessage, ChatRequest } from "../call/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { foldSystem } from "./anthropic-messages/fold-system.ts";
import { plainRequest } from "./fixtures.ts";
import { spliceJson } from "./json-splice.ts";
import { openBody } from "./open-body.ts";
import { foldSystemTurns } from "./system-turns.ts";

const say = (role: ChatMessage["role"], text: string): ChatMessage => ({ role, content: [{ type: "text", text }] });
const call: ChatMessage = { role: "assistant", content: [{ type: "tool-call", id: "c", name: "t", arguments: "{}" }] };
const result = (toolCallId: string): ChatMessage => ({ ...say("tool", "done"), toolCallId });
const reminder = (text: string) => `<system-reminder>\n${text}\n</system-reminder>`;

/** The roles, and what each says. */
function folded(...messages: ChatMessage[]): string[] {
  const request: ChatRequest = { ...plainRequest, messages };
  return foldSystemTurns(request).messages.map(
    ({ role, content }) => `${role}: ${content.map((part) => (part.type === "text" ? part.text : part.type)).join("")}`,
  );
}

describe("what the system says between other turns", () => {
  test("is the user's, marked and in its place", () => {
    expect(
      folded(say("system", "Be kind"), say("user", "Hi"), say("assistant", "Ho"), say("system", "Now French")),
    ).toEqual(["system: Be kind", "user: Hi", "assistant: Ho", `user: ${reminder("Now French")}`]);
  });

  test("makes no two turns of the user beside each other", () => {
    expect(folded(say("user", "Hi"), say("system", "A"), say("developer", "B"), say("user", "Well?"))).toEqual([
      `user: Hi${reminder("A")}${reminder("B")}Well?`,
    ]);
  });

  test("does not part calls from their results", () => {
    expect(
      folded(say("user", "Hi"), call, result("c"), say("system", "A"), result("d"), say("assistant", "Ho")),
    ).toEqual([
      "user: Hi",
      "assistant: tool-call",
      "tool: done",
      "tool: done",
      `user: ${reminder("A")}`,
      "assistant: Ho",
    ]);
  });

  test("at the front stays there, and so does a request without any", () => {
    for (const messages of [
      [say("system", "A"), say("developer", "B"), say("user", "Hi")],
      [say("user", "Hi"), say("assistant", "Ho")],
      [say("system", "A")],
    ]) {
      const request: ChatRequest = { ...plainRequest, messages };
      expect(foldSystemTurns(request)).toBe(request);
    }
  });
});

describe("the same of a client's own bytes", () => {
  const fold = (messages: string) => {
    const body = Buffer.from(`{"model":"m", "messages" : ${messages},"max_tokens":1}`);
    const opened = openBody(body);
    return String(spliceJson(body, foldSystem(opened))).slice(
      '{"model":"m", "messages" : '.length,
      -',"max_tokens":1}'.length,
    );
  };

  test("changes the role and adds the marks, and nothing else", () => {
    const head = '[{"role":"user","content":[{"type":"text","text":"say \\"role\\": \\"system\\""}]} ,';
    expect(fold(`${head} {"content" : "Now\\u0020French", "role" :"system"}]`)).toBe(
      `${head} {"content" : "<system-reminder>\\nNow\\u0020French\\n</system-reminder>", "role" :"user"}]`,
    );
    expect(
      fold(`${head}{"role":"system","content":[ {"type":"text","text":"A","cache_control":{"type":"ephemeral"}} ]}]`),
    ).toBe(
      `${head}{"role":"user","content":[{"type":"text","text":"<system-reminder>\\n"}, {"type":"text","text":"A","cache_control":{"type":"ephemeral"}} ,{"type":"text","text":"\\n</system-reminder>"}]}]`,
    );
  });

  test.each(['[{"role":"system"}]', '[{"role":"system","content":null}]', '[{"role":"system","content":[]}]'])(
    "%s says nothing",
    (messages) => {
      expect(fold(messages)).toBe(messages.replace("system", "user"));
    },
  );

  test.each(['[{"role":"user","content":[{"role":"system"}]}]', "[7]", '[{"role":"user"},{]'])(
    "%s stays",
    (messages) => {
      try {
        expect(fold(messages)).toBe(messages);
      } catch (error) {
        // What is no JSON at all is refused before.
        expect(error).toMatchObject({ code: "invalid_json" });
      }
    },
  );
});

test.each<[string, boolean]>([
  ["claude-opus-4-8", true],
  ["claude-opus-4-8-20260528", true],
  ["claude-opus-5-5", true],
  ["claude-sonnet-5-2", true],
  ["claude-haiku-5-5", true],
  ["claude-fable-5", true],
  ["us.anthropic.claude-opus-4-8-v1:0", true],
  ["claude-opus-4-8@20260528", true],
  ["claude-opus-4-20250514", false],
  ["claude-sonnet-4-5-20250929", false],
  ["claude-sonnet-4-6", false],
  ["claude-haiku-4-5@20251001", false],
  ["anthropic/claude-sonnet-4.5", false],
  ["claude-3-5-sonnet-latest", false],
  ["anthropic.claude-3-haiku-20240307-v1:0", false],
  ["anthropic.claude-v2:1", false],
  ["claude-instant-1.2", false],
  ["deepseek-flash", false],
  ["glm-5", false],
  ["qwen3-coder-plus", false],
])("a model %s takes it: %p", (model, takes) => {
  expect(anthropicMessages.takesSystemTurns?.(model, {})).toBe(takes);
});
