import { Template } from "@huggingface/jinja";
import type { LlamaModel, Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { ChatMessage, ChatRequest } from "../../call/index.ts";
import type { Vocabulary } from "./token-text.ts";

export interface ChatPrompt {
  tokens: Token[];
  /** The prompt ends inside a think block, so the answer starts there. */
  startsInReasoning: boolean;
  mayReason: boolean;
}

export interface PromptBuilder {
  chat(request: ChatRequest): ChatPrompt;
  /** A plain prompt. Special tokens in it count: whoever writes the whole prompt may write them. */
  plain(prompt: string | number[]): Token[];
  /** Throws `unsupported_parameter` when the model has no tokens for a gap. */
  infill(prefix: string, suffix: string): Token[];
}

/** For models whose file holds no template. */
const plainTemplate = `{%- for message in messages %}{{- message.role + ': ' + message.content + '\\n' }}{%- endfor %}{%- if add_generation_prompt %}{{- 'assistant: ' }}{%- endif %}`;

/** Makes prompts of requests. The model's own template is compiled once. */
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
  /** A text as the template may see it. */
  protect(text: string): string;
  tokenize(model: LlamaModel, rendered: string): Token[];
}

/**
 * Keeps control tokens that stand in what the caller wrote from being taken for the template's own.
 *
 * Where a caller's text holds the spelling of a control token, a mark goes into it after the first letter, so the
 * rendered prompt holds the template's own spellings unbroken and the caller's broken. The prompt is then cut at the
 * unbroken ones, and the pieces between are read as plain text, without the marks. The mark is a character that Unicode
 * keeps out of texts; one that the request does not hold. Requests without such a spelling, nearly all, take none of this.
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

/** Noncharacters of Unicode. */
const marks = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What a caller may tell the template, as vLLM and others allow it: `chat_template_kwargs: { enable_thinking: false }`. */
function templateArguments(request: ChatRequest): Record<string, unknown> {
  const given = request.extensions["chat_template_kwargs"];
  return typeof given === "object" && given !== null && !Array.isArray(given) ? (given as Record<string, unknown>) : {};
}

function templateMessage(
  name: string,
  message: ChatMessage,
  index: number,
  protect: (text: string) => string,
): Record<string, unknown> {
  const text = message.content.map((part, at) => {
    if (part.type === "text") return part.text;
    throw new SahabError(
      "unsupported_parameter",
      `messages[${index}].content[${at}] is not text; model ${name} reads text only`,
      { param: `messages[${index}].content[${at}]` },
    );
  });
  return {
    // Templates know no developer; it is OpenAI's later name for system.
    role: message.role === "developer" ? "system" : message.role,
    content: protect(text.join("\n")),
    ...(message.name !== undefined && { name: protect(message.name) }),
    ...(message.toolCallId !== undefined && { tool_call_id: protect(message.toolCallId) }),
    ...(message.reasoning !== undefined && { reasoning_content: protect(message.reasoning) }),
    ...(message.toolCalls && {
      tool_calls: message.toolCalls.map((call) => ({
        id: protect(call.id),
        type: "function",
        function: { name: protect(call.name), arguments: protectDeep(parseOr(call.arguments), protect) },
      })),
    }),
  };
}

function templateTool(tool: ChatRequest["tools"][number], protect: (text: string) => string): unknown {
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

/** Templates write arguments with `tojson`, so they want the object and not its text. */
function parseOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
