import type { Usage } from "../../call/index.ts";
import { parseNano } from "../../base/money.ts";
import { isObject, type JsonObject } from "../read.ts";
import { readTokenCount as count } from "../token-count.ts";

/**
 * Reads the `usage` of a vendor's answer or chunk; undefined when there is none or when a count is not a whole number from 0
 * to `tokensMax`, so that garbage is never billed. Where each vendor puts its counts:
 * OpenAI, xAI, Ark, vLLM, DashScope: `prompt_tokens_details.cached_tokens`, `completion_tokens_details.reasoning_tokens`;
 * DeepSeek: `prompt_cache_hit_tokens`; Moonshot: `cached_tokens`; OpenAI: `prompt_tokens_details.cache_write_tokens`, DashScope:
 * `prompt_tokens_details.cache_creation_input_tokens`. In all of them `prompt_tokens` includes both.
 */
export function usageOf(json: unknown): Usage | undefined {
  const usage = isObject(json) ? json["usage"] : undefined;
  if (!isObject(usage)) return undefined;
  const input = count(usage["prompt_tokens"]);
  // Embeddings have no completion tokens.
  const output = count(usage["completion_tokens"] ?? 0);
  if (input === undefined || output === undefined) return undefined;
  const details = usage["prompt_tokens_details"];
  const prompt = isObject(details) ? details : {};
  const cached = count(prompt["cached_tokens"] ?? usage["prompt_cache_hit_tokens"] ?? usage["cached_tokens"] ?? 0);
  const written = count(prompt["cache_write_tokens"] ?? prompt["cache_creation_input_tokens"] ?? 0);
  const completion = usage["completion_tokens_details"];
  const reasoning = count((isObject(completion) ? completion["reasoning_tokens"] : undefined) ?? 0);
  if (cached === undefined || written === undefined || reasoning === undefined) return undefined;
  const cachedInputTokens = Math.min(cached, input);
  const vendorCost = vendorCostOf(usage);
  return {
    inputTokens: input,
    cachedInputTokens,
    cacheWriteTokens: Math.min(written, input - cachedInputTokens),
    outputTokens: withReasoning(usage, input, output, reasoning),
    reasoningTokens: reasoning,
    ...(vendorCost && { vendorCost }),
  };
}

/** OpenAI's usage object; `extra` adds fields such as the cost. */
export function encodeUsage(usage: Usage, extra?: (usage: Usage) => JsonObject): JsonObject {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      ...(usage.cacheWriteTokens > 0 && { cache_write_tokens: usage.cacheWriteTokens }),
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    ...extra?.(usage),
  };
}

/** xAI bills in ticks, 10^10 to the dollar (xAI's API reference, "usage"); OpenRouter states `cost` in dollars. */
function vendorCostOf(usage: JsonObject): Usage["vendorCost"] {
  const ticks = usage["cost_in_usd_ticks"];
  if (typeof ticks === "number" && Number.isSafeInteger(ticks) && ticks >= 0)
    return { amount: BigInt(Math.round(ticks / 10)), currency: "USD" };
  const { cost } = usage;
  const amount = typeof cost === "number" ? parseNano(cost.toFixed(9)) : undefined;
  return amount !== undefined && amount >= 0n ? { amount, currency: "USD" } : undefined;
}

/**
 * xAI leaves reasoning out of `completion_tokens` (its `total_tokens` is the sum of all three), the others include it.
 * Their total says which: only where it equals input + output + reasoning are they apart.
 */
function withReasoning(usage: JsonObject, input: number, output: number, reasoning: number): number {
  if (reasoning === 0) return output;
  const isApart = reasoning > output || usage["total_tokens"] === input + output + reasoning;
  return isApart ? output + reasoning : output;
}
