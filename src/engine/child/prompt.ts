import type { LlamaModel, Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import { fieldName, type ChatRequest } from "../../call/index.ts";
import { readTurns } from "../template/history.ts";
import type { InspectedTemplate } from "../template/inspect-template.ts";
import { continuesTurn, createTurnMark } from "./continued-turn.ts";
import type { OutputRules } from "./output/index.ts";
import { hasMoreFields, openaiExtensions } from "./openai-extensions.ts";
import { TooManyValues, valuesMaxFor } from "../template/render-cost.ts";
import { createTextGuards, withoutMarks } from "./text-guard.ts";
import type { Vocabulary } from "./token-text.ts";
import type { Tokenizer, TokenPieces } from "./tokenizer.ts";

export interface ChatPrompt {
  /** What the template made. */
  text: string;
  pieces(): TokenPieces;
  /** The prompt ends inside a think block, so the answer starts there. */
  startsInReasoning: boolean;
  mayReason: boolean;
}

export interface PromptBuilder {
  /** The template knows of thoughts. */
  readonly mayReason: boolean;
  /** `isCounted`: the prompt is only counted, and may have any length. */
  chat(request: ChatRequest, options?: { isCounted?: boolean }): ChatPrompt;
  /** A plain prompt. Control tokens in it are recognised: the caller writes the whole prompt. */
  plain(prompt: string | number[]): TokenPieces;
  /** A prompt for filling a gap. Throws `unsupported_parameter` when the model has no tokens for that. */
  infill(prefix: string, suffix: string): TokenPieces;
}

interface Parts {
  model: LlamaModel;
  tokenizer: Tokenizer;
  vocabulary: Vocabulary;
  inspected: InspectedTemplate;
  outputRules: OutputRules;
  contextTokens: number;
}

/** Makes prompts from requests. */
export function createPromptBuilder(
  name: string,
  { model, tokenizer, vocabulary, inspected, outputRules, contextTokens }: Parts,
): PromptBuilder {
  const { template, form, always } = inspected;
  const { bos } = model.tokens;
  const addsBegin = model.tokens.shouldPrependBosToken;
  const { mayReason, thoughts } = outputRules;
  const guardTexts = createTextGuards(vocabulary.controls, tokenizer);

  function* withBegin(pieces: TokenPieces): Generator<readonly Token[]> {
    let isFirst = addsBegin && bos !== null;
    for (const piece of pieces) {
      if (isFirst && bos !== null && piece.length > 0) {
        isFirst = false;
        if (piece[0] !== bos) yield [bos];
      }
      yield piece;
    }
    if (isFirst && bos !== null) yield [bos];
  }

  return {
    mayReason,
    chat(request, { isCounted = false } = {}) {
      const guard = guardTexts();
      const tools = request.toolChoice.type === "none" ? [] : request.tools;
      const turns = readTurns(request, name);
      const turnMark = continuesTurn(request) ? createTurnMark() : undefined;
      const history = { turns: turnMark?.mark(turns) ?? turns, tools, ...form };
      const variables = templateArguments(request);
      let text: string;
      try {
        ({ text } = template.render(history, {
          always,
          variables,
          protect: guard.protect,
          asksForAnswer: !turnMark,
          given: { valuesMax: valuesMaxFor(contextTokens), textsCount: !isCounted },
        }));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        if (cause instanceof TooManyValues)
          throw new SahabError(
            "context_length_exceeded",
            `prompt is too long: it has ${cause.message}; this model's maximum context length is ${contextTokens} tokens (${name})`,
            { param: fieldName(request, "messages") },
          );
        throw new SahabError(
          "invalid_request",
          `The chat template of model ${name} refuses these messages: ${withoutMarks(reason).slice(0, 300)}`,
          { param: fieldName(request, "messages"), cause },
        );
      }
      if (turnMark) {
        const cut = turnMark.cut(text);
        if (cut === undefined)
          throw new SahabError(
            "invalid_request",
            `The chat template of model ${name} does not write the assistant's last message, so that no answer can go on with it; let the user's message be the last`,
            { param: fieldName(request, "messages") },
          );
        text = cut;
      }
      const continued = turnMark ? (turns.at(-1)?.content ?? "") : undefined;
      return {
        text: withoutMarks(text),
        pieces: () => withBegin(guard.pieces(text)),
        startsInReasoning:
          continued === undefined
            ? text.trimEnd().endsWith(thoughts.open)
            : continued.lastIndexOf(thoughts.open) > continued.lastIndexOf(thoughts.close),
        mayReason,
      };
    },
    plain(prompt) {
      if (typeof prompt === "string") return withBegin(tokenizer.pieces(prompt.toWellFormed(), true));
      for (const token of prompt) {
        if (Number.isInteger(token) && token >= 0 && token < vocabulary.size) continue;
        throw new SahabError(
          "invalid_request",
          `prompt holds the token id ${token}; model ${name} has ids from 0 to ${vocabulary.size - 1}`,
          { param: "prompt" },
        );
      }
      return withBegin([prompt as Token[]]);
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
        [fill.prefix],
        ...tokenizer.pieces(prefix.toWellFormed(), false),
        [fill.suffix],
        ...tokenizer.pieces(suffix.toWellFormed(), false),
        [fill.middle],
      ]);
    },
  };
}

/** Templates know a few. */
const argumentsMax = 256;

/** Arguments of the template: whether and how much to think, and those of the caller, whose form is vLLM's (`chat_template_kwargs: { enable_thinking: false }`). */
function templateArguments(request: ChatRequest): Record<string, unknown> {
  const given = openaiExtensions(request)["chat_template_kwargs"];
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  if (isObject && hasMoreFields(given, argumentsMax))
    throw new SahabError("invalid_request", `chat_template_kwargs: expected at most ${argumentsMax} fields`, {
      param: "chat_template_kwargs",
    });
  return { ...thinkingArguments(request.reasoning), ...(isObject && (given as Record<string, unknown>)) };
}

function thinkingArguments({ enabled, effort }: ChatRequest["reasoning"]): Record<string, unknown> {
  if (enabled === false || effort === "none") return { enable_thinking: false };
  if (effort !== undefined) return { enable_thinking: true, reasoning_effort: effort };
  return enabled === true ? { enable_thinking: true } : {};
}
