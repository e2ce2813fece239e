import type { ToolDefinition } from "../../call/index.ts";
import { openChatTemplate, type ChatTemplate, type RenderedPrompt, type TemplateTokens } from "./chat-template.ts";
import type { History, Turn } from "./history.ts";

/** A template that was tried on small histories. */
export interface InspectedTemplate {
  template: ChatTemplate;
  /** The forms that it takes: what a history for it should have. */
  form: Pick<History, "argumentsAs" | "contentAs">;
  /** What it can't render, each a sentence. */
  warnings: string[];
}

/**
 * Compiles a model's template and renders it dry, so that its problems are known before the first request.
 * Throws an Error that says why where it can't be read at all.
 */
export function inspectTemplate(source: string | undefined, tokens: TemplateTokens): InspectedTemplate {
  const template = openChatTemplate(source, tokens);
  const form: InspectedTemplate["form"] = { argumentsAs: "object", contentAs: "text" };
  const render = (turns: readonly Turn[], tools: readonly ToolDefinition[] = []): RenderedPrompt | Error => {
    try {
      return template.render({ turns, ...form }, { tools, variables: {}, protect: (text) => text });
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  };
  const shows = (rendered: RenderedPrompt | Error) => "text" in rendered && rendered.text.includes(probe);
  if (!shows(render(question))) {
    form.contentAs = "parts";
    if (!shows(render(question))) form.contentAs = "text";
  }
  const warnings = template.unknownNames.map((name) => `it uses ${name}, which does not exist here`);
  const warnOf = (what: string, rendered: RenderedPrompt | Error) => {
    if (rendered instanceof Error) warnings.push(`it cannot render ${what}: ${rendered.message.slice(0, reasonChars)}`);
    return rendered;
  };
  if (!shows(warnOf("a question", render(question)))) warnings.push("it leaves out what the user says");
  warnOf("a conversation", render(conversation));
  const called = warnOf("tools", render(calling, [tool]));
  // Where a history of a call gets through with text only, all of them are given text from the start.
  if ("text" in called) form.argumentsAs = called.history.argumentsAs;
  return { template, form, warnings };
}

const reasonChars = 300;
const probe = "a question of a test";
const question: readonly Turn[] = [{ role: "user", content: probe }];
const conversation: readonly Turn[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hello" },
  { role: "assistant", content: "Hello." },
  ...question,
];
const calling: readonly Turn[] = [
  ...question,
  {
    role: "assistant",
    content: "",
    calls: [{ id: "abcdefghi", name: "clock", arguments: '{"zone": "UTC", "digits": 2}' }],
  },
  { role: "tool", toolCallId: "abcdefghi", name: "clock", content: "12:00" },
];
const tool: ToolDefinition = {
  name: "clock",
  description: "What time it is.",
  parameters: {
    type: "object",
    properties: { zone: { type: "string", description: "A time zone." }, digits: { type: "integer" } },
    required: ["zone"],
  },
};
