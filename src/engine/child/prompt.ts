import { Template } from "@huggingface/jinja";
import type { LlamaModel, Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { ChatMessage, ChatRequest, Part, ToolDefinition } from "../../call/index.ts";
import { openaiExtensions } from "./openai-extensions.ts";
import type { Vocabulary } from "./token-text.ts";

export interface ChatPrompt {
  tokens: Token[];
  /** The prompt ends inside a think block, so the answer starts there. */
  startsInReasoning: boolean;
  mayReason: boolean;
}

export interface PromptBuilder {
  chat(request: ChatRequest): ChatPrompt;
  /** A plain prompt. Control tokens in it are recognised: the caller writes the whole prompt. */
  plain(prompt: string | number[]): Token[];
  /** A prompt for filling a gap. Throws `unsupported_parameter` when the model has no tokens for that. */
  infill(prefix: string, suffix: string): Token[];
}

/** For models whose file has no template. */
const plainTemplate = `{%- for message in messages %}{{- message.role + ': ' + message.content + '\\n' }}{%- endfor %}{%- if add_generation_prompt %}{{- 'assistant: ' }}{%- endif %}`;

/** Makes prompts from requests. The model's own template is compiled once. */
export function createPromptBuilder(name: string, model: LlamaModel, vocabulary: Vocabulary): PromptBuilder {
  const source = model.fileInfo.metadata.tokenizer?.chat_template ?? plainTemplate;
  let template: Template | undefined;
  const { bos, bosString, eosString } = model.tokens;
  const addsBegin = model.tokens.shouldPrependBosToken;

  const withBegin = (tokens: Token[]): Token[] =>
    addsBegin && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;

  return {
    chat(request) {
      const guard = guardText(request, vocabulary);
      template ??= new Template(source);
      let text: string;
      try {
        text = template.render({
          ...templateArguments(request),
          messages: request.messages.map((message, index) => templateMessage(name, message, index, guard.protect)),
          ...(request.tools.length > 0 &&
            request.toolChoice.type !== "none" && {
              tools: request.tools.map((tool) => templateTool(tool, guard.protect)),
            }),
          add_generation_prompt: true,
          bos_token: bosString ?? "",
          eos_token: eosString ?? "",
        });
      } catch (cause) {
        if (cause instanceof SahabError) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SahabError(
          "invalid_request",
          `The chat template of model ${name} refuses these messages: ${reason.slice(0, 300)}`,
          { param: "messages", cause },
        );
      }
      return {
        tokens: withBegin(guard.tokenize(model, text)),
        startsInReasoning: text.trimEnd().endsWith("<think>"),
        mayReason: source.includes("<think>") || source.includes("</think>"),
      };
    },
    plain(prompt) {
      if (typeof prompt === "string") return withBegin(model.tokenize(prompt, true).slice());
      for (const token of prompt) {
        if (Number.isInteger(token) && token >= 0 && token < vocabulary.size) continue;
        throw new SahabError(
          "invalid_request",
          `prompt holds the token id ${token}; model ${name} has ids from 0 to ${vocabulary.size - 1}`,
          { param: "prompt" },
        );
      }
      return withBegin(prompt as Token[]);
    },
    infill(prefix, suffix) {
      const fill = model.tokens.infill;
      if (fill.prefix === null || fill.suffix === null || fill.middle === null) {
        throw new SahabError(
          "unsupported_parameter",
          `suffix is set, but model ${name} has no tokens for filling a gap`,
          { param: "suffix" },
        );
      }
      return withBegin([
        fill.prefix,
        ...model.tokenize(prefix, false),
        fill.suffix,
        ...model.tokenize(suffix, false),
        fill.middle,
      ]);
    },
  };
}

interface TextGuard {
  /** A text as the template gets it. */
  protect(text: string): string;
  tokenize(model: LlamaModel, rendered: string): Token[];
}

/**
 * Keeps the spelling of a control token in the caller's text from becoming that token.
 *
 * A mark is put into each such spelling, after its first letter. Then only the template's own spellings are whole in the
 * rendered prompt. The prompt is cut at those, and the pieces between them are read as plain text, without the marks. The
 * mark is one of the characters that Unicode excludes from texts, and one that the request does not contain. Nearly all
 * requests have no such spelling, and skip all of this.
 */
function guardText(request: ChatRequest, vocabulary: Vocabulary): TextGuard {
  const given = JSON.stringify([request.messages, request.tools]);
  const found = vocabulary.controls.filter(({ text }) => given.includes(JSON.stringify(text).slice(1, -1)));
  if (found.length === 0)
    return { protect: (text) => text, tokenize: (model, rendered) => model.tokenize(rendered, true).slice() };
  const mark = marks.find((candidate) => !given.includes(candidate)) ?? "\uFDD0";
  const spellings = new RegExp(found.map(({ text }) => escapePattern(text)).join("|"), "g");
  const own = new RegExp(vocabulary.controls.map(({ text }) => escapePattern(text)).join("|"), "g");
  const ids = new Map(vocabulary.controls.map(({ text, token }) => [text, token]));
  return {
    protect(text) {
      // Breaking one spelling may leave another that begins within it.
      let safe = text;
      for (let last = ""; last !== safe;) {
        last = safe;
        safe = safe.replace(spellings, (spelling) => spelling.slice(0, 1) + mark + spelling.slice(1));
      }
      return safe;
    },
    tokenize(model, rendered) {
      const tokens: Token[] = [];
      const plain = (piece: string) =>
        tokens.push(...(piece === "" ? [] : model.tokenize(piece.replaceAll(mark, ""), false)));
      let at = 0;
      for (const match of rendered.matchAll(own)) {
        plain(rendered.slice(at, match.index));
        const token = ids.get(match[0]);
        if (token !== undefined) tokens.push(token);
        at = match.index + match[0].length;
      }
      plain(rendered.slice(at));
      return tokens;
    },
  };
}

/** Unicode's noncharacters. */
const marks = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Arguments of the template: whether to think, and those of the caller, whose form is vLLM's (`chat_template_kwargs: { enable_thinking: false }`). */
function templateArguments(request: ChatRequest): Record<string, unknown> {
  const given = openaiExtensions(request)["chat_template_kwargs"];
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  return { ...thinkingArgument(request.reasoning), ...(isObject && (given as Record<string, unknown>)) };
}

function thinkingArgument({ enabled, effort }: ChatRequest["reasoning"]): Record<string, unknown> {
  if (enabled === false || effort === "none") return { enable_thinking: false };
  return enabled === true || effort !== undefined ? { enable_thinking: true } : {};
}

function templateMessage(
  name: string,
  message: ChatMessage,
  index: number,
  protect: (text: string) => string,
): Record<string, unknown> {
  const unreadable = message.content.findIndex((part) => part.type === "image" || part.type === "other");
  if (unreadable !== -1) {
    const param = `messages[${index}].content[${unreadable}]`;
    throw new SahabError("unsupported_parameter", `${param} is not text; model ${name} reads text only`, { param });
  }
  const textOf = (...types: Part["type"][]) =>
    message.content.flatMap((part) =>
      types.includes(part.type) && "text" in part && part.text !== "" ? [part.text] : [],
    );
  const calls = message.content.filter((part) => part.type === "tool-call");
  return {
    // Templates do not know the role developer, OpenAI's later name for system.
    role: message.role === "developer" ? "system" : message.role,
    content: protect(textOf("text", "refusal").join("\n")),
    ...(message.name !== undefined && { name: protect(message.name) }),
    ...(message.toolCallId !== undefined && { tool_call_id: protect(message.toolCallId) }),
    // An empty reasoning is kept: some templates write its tags.
    ...(message.content.some((part) => part.type === "reasoning") && {
      reasoning_content: protect(textOf("reasoning").join("\n")),
    }),
    ...(calls.length > 0 && {
      tool_calls: calls.map((call) => ({
        id: protect(call.id),
        type: "function",
        function: { name: protect(call.name), arguments: protectDeep(parseOr(call.arguments), protect) },
      })),
    }),
  };
}

function templateTool(tool: ToolDefinition, protect: (text: string) => string): unknown {
  return {
    type: "function",
    function: protectDeep(
      {
        name: tool.name,
        ...(tool.description !== undefined && { description: tool.description }),
        parameters: tool.parameters ?? { type: "object", properties: {} },
      },
      protect,
    ),
  };
}

function protectDeep(value: unknown, protect: (text: string) => string): unknown {
  if (typeof value === "string") return protect(value);
  if (Array.isArray(value)) return value.map((item) => protectDeep(item, protect));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [protect(key), protectDeep(item, protect)]));
}

/** Templates write arguments with `tojson`, so they need the object and not its text. */
function parseOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
