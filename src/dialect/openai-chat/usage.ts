import type { CountedTool, Usage } from "../../call/index.ts";
import { parseNano } from "../../base/money.ts";
import { isObject, type JsonObject } from "../read.ts";
import { isOddCount, readTokenCount as count } from "../token-count.ts";
import { objectIn, readCounts, readParts, readServiceTier } from "../usage-kinds.ts";

/**
 * The counts of a vendor's answer or chunk; undefined where there are none. A count that is no whole number from 0 to
 * `tokensMax` is none. Where each vendor puts its counts:
 * OpenAI, xAI, Ark, vLLM, DashScope: `prompt_tokens_details.cached_tokens`, `completion_tokens_details.reasoning_tokens`;
 * DeepSeek: `prompt_cache_hit_tokens`; Moonshot: `cached_tokens`; OpenAI: `prompt_tokens_details.cache_write_tokens`, DashScope:
 * `prompt_tokens_details.cache_creation_input_tokens`. In all of them `prompt_tokens` includes both. Some servers say
 * `input_tokens` and `output_tokens`. Groq repeats the counts under `x_groq`, where older models have them alone.
 */
export function usageOf(json: unknown): Usage | undefined {
  if (!isObject(json)) return undefined;
  const tier = json["service_tier"];
  return (
    readUsage(json["usage"], tier) ?? (isObject(json["x_groq"]) ? readUsage(json["x_groq"]["usage"], tier) : undefined)
  );
}

function readUsage(usage: unknown, tier: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const saidInput = usage["prompt_tokens"] ?? usage["input_tokens"];
  const saidOutput = usage["completion_tokens"] ?? usage["output_tokens"];
  // Details alone, as some send in the middle of a stream, are no count.
  if (count(saidInput) === undefined && count(saidOutput) === undefined) return undefined;
  const prompt = detailsOf(usage, "prompt_tokens_details", "input_tokens_details");
  const completion = detailsOf(usage, "completion_tokens_details", "output_tokens_details");
  const saidCached = prompt["cached_tokens"] ?? usage["prompt_cache_hit_tokens"] ?? usage["cached_tokens"];
  const saidWritten = prompt["cache_write_tokens"] ?? prompt["cache_creation_input_tokens"];
  const saidReasoning = completion["reasoning_tokens"];
  const input = count(saidInput) ?? 0;
  const cached = count(saidCached) ?? 0;
  const written = count(saidWritten) ?? 0;
  const thought = count(saidReasoning) ?? 0;
  const completed = count(saidOutput) ?? 0;
  const isApart = isReasoningApart(usage, input, completed, thought);
  const output = isApart ? completed + thought : completed;
  // More than all of the prompt can't have come from the cache: then nothing says what part did.
  const isCacheWrong = cached + written > input;
  const total = usage["total_tokens"] ?? undefined;
  const isSumWrong = total !== undefined && total !== input + output;
  const isInputDoubtful =
    isSumWrong || isCacheWrong || isOddCount(saidInput) || isOddCount(saidCached) || isOddCount(saidWritten);
  const isOutputDoubtful = isSumWrong || thought > output || isOddCount(saidOutput) || isOddCount(saidReasoning);
  const vendorCost = vendorCostOf(usage);
  const counted: Usage = {
    inputTokens: input,
    cachedInputTokens: isCacheWrong ? 0 : cached,
    cacheWriteTokens: isCacheWrong ? 0 : written,
    outputTokens: output,
    reasoningTokens: Math.min(thought, output),
  };
  if (isInputDoubtful) counted.isInputDoubtful = isInputDoubtful;
  if (isOutputDoubtful) counted.isOutputDoubtful = isOutputDoubtful;
  if (vendorCost) counted.vendorCost = vendorCost;
  return Object.assign(
    counted,
    readParts({
      imageInput: prompt["image_tokens"] ?? usage["image_tokens"],
      audioInput: prompt["audio_tokens"] ?? usage["audio_tokens"],
      imageOutput: completion["image_tokens"],
      audioOutput: completion["audio_tokens"],
      // Alibaba says by which of its caches a prompt was read; the dearer one has no name (its page "Context Cache", unverified).
      explicitCacheRead: prompt["cache_type"] === "ephemeral" && !isCacheWrong ? cached : undefined,
      cacheWriteHour: objectIn(prompt, "cache_creation")["ephemeral_1h_input_tokens"],
    }),
    readCounts(piecesOf(usage)),
    readServiceTier(tier ?? usage["service_tier"]),
  );
}

const noPieces: JsonObject = {};

/**
 * Calls of tools that the vendor ran. OpenRouter counts them as Anthropic does, Alibaba's native API under `plugins`, Perplexity
 * as queries; xAI by the kind of tool, and the sources that live search has read.
 */
function piecesOf(usage: JsonObject): JsonObject {
  const { server_tool_use: used, plugins, server_side_tool_usage_details: details } = usage;
  const sources = usage["num_sources_used"];
  const queries = usage["num_search_queries"];
  if (!used && !plugins && !details && !sources && !queries) return noPieces;
  const ofTools = isObject(details) ? details : noPieces;
  const calls = Object.entries(ofTools).flatMap(([name, count]) => {
    const piece = piecesOfXai.get(name);
    return piece === undefined || count === 0 ? [] : [[piece, count]];
  });
  const searches = objectIn(usage, "server_tool_use")["web_search_requests"];
  return {
    source: sources,
    web_search: searches ?? queries ?? objectIn(objectIn(usage, "plugins"), "search")["count"],
    ...(Object.fromEntries(calls) as JsonObject),
  };
}

/**
 * Of xAI (its API reference, "usage"), by the names of its tools on its page of prices. Unverified: the second name of each tool, which
 * other pages of xAI's have; the search in attached files was `document_search` before it was `attachment_search`.
 */
const piecesOfXai: ReadonlyMap<string, CountedTool> = new Map<string, CountedTool>([
  ["web_search_calls", "web_search"],
  ["x_search_calls", "x_search"],
  ["code_interpreter_calls", "code_interpreter"],
  ["code_execution_calls", "code_interpreter"],
  ["file_search_calls", "file_search"],
  ["collections_search_calls", "file_search"],
  ["attachment_search_calls", "attachment_search"],
  ["document_search_calls", "attachment_search"],
  ["mcp_calls", "mcp"],
]);

const noDetails: JsonObject = {};

function detailsOf(usage: JsonObject, name: string, otherName: string): JsonObject {
  const details = usage[name] ?? usage[otherName];
  return isObject(details) ? details : noDetails;
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
      ...(usage.parts && encodeMedia(usage.parts.imageInput, usage.parts.audioInput)),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      ...(usage.parts && encodeMedia(usage.parts.imageOutput, usage.parts.audioOutput)),
    },
    ...extra?.(usage),
  };
}

/** The details that OpenAI's usage has for tokens of images and sounds. */
export function encodeMedia(image: number | undefined, audio: number | undefined): JsonObject {
  return { ...(image && { image_tokens: image }), ...(audio && { audio_tokens: audio }) };
}

/**
 * xAI bills in ticks, 10^10 to the dollar (xAI's API reference, "usage"); OpenRouter states `cost` in dollars, Perplexity
 * `cost.total_cost`, DeepInfra `estimated_cost`.
 */
function vendorCostOf(usage: JsonObject): Usage["vendorCost"] {
  const ticks = usage["cost_in_usd_ticks"];
  if (typeof ticks === "number" && Number.isSafeInteger(ticks) && ticks >= 0)
    return { amount: BigInt(Math.round(ticks / 10)), currency: "USD" };
  const said = usage["cost"] ?? usage["estimated_cost"];
  const cost = isObject(said) ? said["total_cost"] : said;
  const amount = typeof cost === "number" ? parseNano(cost.toFixed(9)) : undefined;
  return amount !== undefined && amount >= 0n ? { amount, currency: "USD" } : undefined;
}

/**
 * xAI leaves reasoning out of `completion_tokens` (its `total_tokens` is the sum of all three), the others include it.
 * Their total says which: only where it equals input + output + reasoning, or there is none and it can't be otherwise, are they apart.
 */
function isReasoningApart(usage: JsonObject, input: number, output: number, reasoning: number): boolean {
  const total = usage["total_tokens"] ?? undefined;
  return total === undefined ? reasoning > output : reasoning > 0 && total === input + output + reasoning;
}
