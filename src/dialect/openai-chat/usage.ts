import type { Usage } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";

/** Ten times the longest context on sale. A count beyond it is an error of the vendor's, and would overflow sums. */
const tokensMax = 100_000_000;

/**
 * Reads the `usage` of a vendor's answer or chunk; undefined when there is none or when a count is not a whole number from 0
 * to `tokensMax`, so that garbage is never billed. Where each vendor puts its counts:
 * OpenAI, xAI, Ark, vLLM, DashScope: `prompt_tokens_details.cached_tokens`, `completion_tokens_details.reasoning_tokens`;
 * DeepSeek: `prompt_cache_hit_tokens`. In all of them `prompt_tokens` includes the cached ones.
 */
export function usageOf(json: unknown): Usage | undefined {
  const usage = isObject(json) ? json["usage"] : undefined;
  if (!isObject(usage)) return undefined;
  const input = count(usage["prompt_tokens"]);
  // Embeddings have no completion tokens.
  const output = count(usage["completion_tokens"] ?? 0);
  if (input === undefined || output === undefined) return undefined;
  const cached = count(
    detail(usage, "prompt_tokens_details", "cached_tokens") ?? usage["prompt_cache_hit_tokens"] ?? 0,
  );
  const reasoning = count(detail(usage, "completion_tokens_details", "reasoning_tokens") ?? 0);
  if (cached === undefined || reasoning === undefined) return undefined;
  return {
    inputTokens: input,
    cachedInputTokens: Math.min(cached, input),
    outputTokens: withReasoning(usage, input, output, reasoning),
    reasoningTokens: reasoning,
  };
}

/** OpenAI's usage object; `extra` adds fields such as the cost. */
export function encodeUsage(usage: Usage, extra?: (usage: Usage) => JsonObject): JsonObject {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    ...extra?.(usage),
  };
}

/**
 * xAI leaves reasoning out of `completion_tokens` (its `total_tokens` is the sum of all three), the others include it.
 * Their total tells which: only where it equals input + output + reasoning are they apart.
 */
function withReasoning(usage: JsonObject, input: number, output: number, reasoning: number): number {
  if (reasoning === 0) return output;
  const isApart = reasoning > output || usage["total_tokens"] === input + output + reasoning;
  return isApart ? output + reasoning : output;
}

function detail(usage: JsonObject, group: string, name: string): unknown {
  const details = usage[group];
  return isObject(details) ? details[name] : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax ? value : undefined;
}
