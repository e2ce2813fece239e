import type { LlamaModel, Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { ChatRequest } from "../../call/index.ts";
import { readTurns } from "../template/history.ts";
import type { InspectedTemplate } from "../template/inspect-template.ts";
import { openaiExtensions } from "./openai-extensions.ts";
import { createTextGuards, withoutMarks } from "./text-guard.ts";
import type { Vocabulary } from "./token-text.ts";

export interface ChatPrompt {
  /** What the template made, to be counted before it is tokenized. */
  text: string;
  tokenize(): Token[];
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

interface Parts {
  model: LlamaModel;
  vocabulary: Vocabulary;
  inspected: InspectedTemplate;
}

/** Makes prompts from requests. */
export function createPromptBuilder(name: string, { model, vocabulary, inspected }: Parts): PromptBuilder {
  const { template, form, always } = inspected;
  const { bos } = model.tokens;
  const addsBegin = model.tokens.shouldPrependBosToken;
  const mayReason = template.source.includes("<think>") || template.source.includes("</think>");
  const guardTexts = createTextGuards(vocabulary.controls, (text, withControls) => model.tokenize(text, withControls));

  const withBegin = (tokens: Token[]): Token[] =>
    addsBegin && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;

  return {
    chat(request) {
      const guard = guardTexts();
      const tools = request.toolChoice.type === "none" ? [] : request.tools;
      const history = { turns: readTurns(request, name), tools, ...form };
      let text: string;
      try {
        ({ text } = template.render(history, {
          always,
          variables: templateArguments(request),
          protect: guard.protect,
        }));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SahabError(
          "invalid_request",
          `The chat template of model ${name} refuses these messages: ${withoutMarks(reason).slice(0, 300)}`,
          { param: "messages", cause },
        );
      }
      return {
        text: withoutMarks(text),
        tokenize: () => withBegin(guard.tokenize(text)),
        startsInReasoning: text.trimEnd().endsWith("<think>"),
        mayReason,
      };
    },
    plain(prompt) {
      if (typeof prompt === "string") return withBegin(model.tokenize(prompt.toWellFormed(), true).slice());
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
        ...model.tokenize(prefix.toWellFormed(), false),
        fill.suffix,
        ...model.tokenize(suffix.toWellFormed(), false),
        fill.middle,
      ]);
    },
  };
}

/** Arguments of the template: whether and how much to think, and those of the caller, whose form is vLLM's (`chat_template_kwargs: { enable_thinking: false }`). */
function templateArguments(request: ChatRequest): Record<string, unknown> {
  const given = openaiExtensions(request)["chat_template_kwargs"];
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  return { ...thinkingArguments(request.reasoning), ...(isObject && (given as Record<string, unknown>)) };
}

function thinkingArguments({ enabled, effort }: ChatRequest["reasoning"]): Record<string, unknown> {
  if (enabled === false || effort === "none") return { enable_thinking: false };
  if (effort !== undefined) return { enable_thinking: true, reasoning_effort: effort };
  return enabled === true ? { enable_thinking: true } : {};
}
