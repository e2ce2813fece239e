import { limits } from "../../base/limits.ts";
import type { Usage } from "../../call/index.ts";
import { encodeMedia } from "../openai-chat/usage.ts";
import { isObject, type JsonObject } from "../read.ts";
import { readTokenCount } from "../token-count.ts";
import type { ChunkPart } from "./increments.ts";

/** DashScope's usage object; `extra` adds fields such as the cost. */
export function encodeUsage(usage: Usage, extra?: (usage: Usage) => JsonObject): JsonObject {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, parts } = usage;
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: cachedInputTokens,
      ...(cacheWriteTokens > 0 && { cache_creation_input_tokens: cacheWriteTokens }),
    },
    ...(parts?.imageInput && { image_tokens: parts.imageInput }),
    ...(parts?.audioInput && { audio_tokens: parts.audioInput }),
    ...((reasoningTokens > 0 || parts?.imageOutput || parts?.audioOutput) && {
      output_tokens_details: {
        ...(reasoningTokens > 0 && { reasoning_tokens: reasoningTokens }),
        ...encodeMedia(parts?.imageOutput, parts?.audioOutput),
      },
    }),
    ...extra?.(usage),
  };
}

/**
 * Counts of a stream. Where several answers were asked for, a chunk counts the output of the choice that it is of, as the
 * vendor's own SDK reads it: the sum of the latest counts is what was spent.
 */
export class UsageOfChoices {
  readonly #isSummed: boolean;
  readonly #latest = new Map<number, { output: number; reasoning: number }>();

  constructor(choiceCount: number) {
    this.#isSummed = choiceCount > 1;
  }

  /** The usage object to read for all choices so far. */
  add(usage: unknown, parts: readonly ChunkPart[]): unknown {
    const [part, ...others] = parts;
    if (!this.#isSummed || !isObject(usage) || !part || others.length > 0) return usage ?? undefined;
    if (this.#latest.size >= limits.choicesMax && !this.#latest.has(part.choice)) return usage;
    const details = isObject(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
    this.#latest.set(part.choice, {
      output: readTokenCount(usage["output_tokens"]) ?? 0,
      reasoning: readTokenCount(details["reasoning_tokens"]) ?? 0,
    });
    let output = 0;
    let reasoning = 0;
    for (const count of this.#latest.values()) {
      output += count.output;
      reasoning += count.reasoning;
    }
    return {
      ...usage,
      output_tokens: output,
      total_tokens: undefined,
      output_tokens_details: { ...details, reasoning_tokens: reasoning },
    };
  }
}
