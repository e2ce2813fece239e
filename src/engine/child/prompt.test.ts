import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { getLlama, type LlamaModel } from "node-llama-cpp";
import type { ChatMessage, ChatRequest } from "../../call/index.ts";
import { chatRequest } from "../../testing/engine.ts";
import { writeRandomModel } from "../../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { readGguf } from "../gguf/read-gguf.ts";
import { inspectModelTemplate } from "../template/index.ts";
import { createPromptBuilder, type PromptBuilder } from "./prompt.ts";
import { openVocabulary } from "./token-text.ts";

// What the template gets of a request. This one writes all of it as JSON.
const chatTemplate = `{{- messages | tojson }}{%- if enable_thinking is defined %}|{{- enable_thinking }}{%- endif %}`;

const folder = makeTemporaryFolder();
let model: LlamaModel;
let prompts: PromptBuilder;

beforeAll(async () => {
  const modelPath = join(folder, "model.gguf");
  await writeRandomModel(modelPath, { architecture: "llama", chatTemplate });
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logger: () => undefined });
  model = await llama.loadModel({ modelPath });
  const inspected = inspectModelTemplate(await readGguf(modelPath), modelPath);
  prompts = createPromptBuilder("test", { model, vocabulary: openVocabulary(model), inspected });
}, 20_000);
afterAll(async () => {
  await model.dispose();
  removeTemporaryFolder(folder);
});

function render(request: ChatRequest): { messages: unknown[]; thinking: string | undefined } {
  const text = model.detokenize(prompts.chat(request).tokens.slice(1), true);
  const [messages, thinking] = text.split("|");
  return { messages: JSON.parse(messages ?? "") as unknown[], thinking };
}
const renderMessage = (message: ChatMessage) => render(chatRequest("", { messages: [message] })).messages[0];

describe("a message", () => {
  test("has its reasoning and its calls beside its text, in order", () => {
    expect(
      renderMessage({
        role: "assistant",
        content: [
          { type: "reasoning", text: "First." },
          { type: "text", text: "Let me see." },
          { type: "reasoning", text: "", signature: { value: "x", origin: "anthropic-messages", isRedacted: true } },
          { type: "tool-call", id: "c1", name: "f", arguments: '{"a":1}' },
          { type: "reasoning", text: "Second." },
          { type: "tool-call", id: "c2", name: "g", arguments: "not JSON" },
          { type: "text", text: "Done." },
        ],
      }),
    ).toEqual({
      role: "assistant",
      content: "Let me see.\nDone.",
      reasoning_content: "First.\nSecond.",
      tool_calls: [
        { id: "c1", type: "function", function: { name: "f", arguments: { a: 1 } } },
        { id: "c2", type: "function", function: { name: "g", arguments: "not JSON" } },
      ],
    });
  });

  test("keeps an empty reasoning apart from none", () => {
    expect(renderMessage({ role: "assistant", content: [{ type: "reasoning", text: "" }] })).toEqual({
      role: "assistant",
      content: "",
      reasoning_content: "",
    });
    expect(renderMessage({ role: "assistant", content: [] })).toEqual({ role: "assistant", content: "" });
  });

  test("has a refusal as its text", () => {
    expect(renderMessage({ role: "assistant", content: [{ type: "refusal", text: "No." }] })).toEqual({
      role: "assistant",
      content: "No.",
    });
  });

  test("of role developer is a system message", () => {
    expect(renderMessage({ role: "developer", content: [{ type: "text", text: "Be brief." }] })).toEqual({
      role: "system",
      content: "Be brief.",
    });
  });

  test("with a part that is not text is refused, with its place", () => {
    const content: ChatMessage["content"] = [
      { type: "text", text: "See" },
      { type: "other", value: { type: "file" } },
    ];
    expect(() => renderMessage({ role: "user", content })).toThrow("messages[0].content[1] is not text");
  });
});

describe("thinking", () => {
  const thinking = (more: Partial<ChatRequest>) => render(chatRequest("Hi", more)).thinking;

  test("is left to the template where the request does not say", () => {
    expect(thinking({})).toBeUndefined();
    expect(thinking({ reasoning: { budgetTokens: 100 } })).toBeUndefined();
  });

  test("follows the request", () => {
    expect(thinking({ reasoning: { enabled: true } })).toBe("True");
    expect(thinking({ reasoning: { effort: "low" } })).toBe("True");
    expect(thinking({ reasoning: { effort: "none" } })).toBe("False");
    expect(thinking({ reasoning: { enabled: false, effort: "high" } })).toBe("False");
  });

  test("follows the template's own arguments first, which only the OpenAI dialect has", () => {
    const request = {
      reasoning: { effort: "high" },
      extensions: { chat_template_kwargs: { enable_thinking: false } },
    };
    expect(thinking(request)).toBe("False");
    expect(thinking({ ...request, dialect: "anthropic-messages" })).toBe("True");
  });
});
