import type { Usage } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { readTokenCount as count } from "../token-count.ts";

/**
 * The counts of one answer. Anthropic's `input_tokens` leaves out what was read from the cache and written to it. A stream
 * counts in `message_start` and, cumulatively, in `message_delta`, where fields without news may be missing.
 */
export class UsageReader {
  #counts: JsonObject = {};

  /** Takes in a `usage` object; undefined when there is none, or when a count in it can't be true, so that garbage is never billed. */
  read(usage: unknown): Usage | undefined {
    if (!isObject(usage)) return undefined;
    const counts: JsonObject = {};
    for (const name of countNames) counts[name] = usage[name] ?? this.#counts[name];
    const decoded = decodeUsage(counts);
    if (decoded) this.#counts = counts;
    return decoded;
  }
}

const countNames = [
  "input_tokens",
  "output_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "output_tokens_details",
];

/** Anthropic's usage object; `extra` adds fields such as the cost. */
export function encodeUsage(usage: Usage, extra?: JsonObject): JsonObject {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
    output_tokens_details: reasoningTokens > 0 ? { thinking_tokens: reasoningTokens } : undefined,
    ...extra,
  };
}

function decodeUsage(counts: JsonObject): Usage | undefined {
  const details = counts["output_tokens_details"];
  const input = count(counts["input_tokens"]);
  const output = count(counts["output_tokens"]);
  const cached = count(counts["cache_read_input_tokens"] ?? 0);
  const written = count(counts["cache_creation_input_tokens"] ?? 0);
  const reasoning = count((isObject(details) ? details["thinking_tokens"] : undefined) ?? 0);
  if (input === undefined || output === undefined || cached === undefined || written === undefined) return undefined;
  if (reasoning === undefined) return undefined;
  return {
    inputTokens: input + cached + written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: output,
    reasoningTokens: Math.min(reasoning, output),
  };
}
