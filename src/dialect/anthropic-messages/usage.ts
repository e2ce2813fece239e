import type { Usage } from "../../call/index.ts";
import type { AnswerKind } from "../dialect.ts";
import { isObject, type JsonObject } from "../read.ts";
import { isOddCount, readTokenCount as count } from "../token-count.ts";
import { objectIn, readCounts, readParts, readServiceTier } from "../usage-kinds.ts";

/**
 * The counts of one answer. Anthropic's `input_tokens` leaves out what was read from the cache and written to it. A stream
 * counts in `message_start` and, cumulatively, in `message_delta`, where fields without news may be missing.
 */
export class UsageReader {
  #counts: Counts = {};
  #hourTokens: unknown;
  #searches: unknown;
  #tier: unknown;
  #isInputOdd = false;
  #isOutputOdd = false;
  readonly #isReadByMarkers: boolean;

  constructor({ isReadByMarkers = false }: Pick<AnswerKind, "isReadByMarkers"> = {}) {
    this.#isReadByMarkers = isReadByMarkers;
  }

  /** Takes in a `usage` object; undefined where it has no count. One that is no whole number from 0 to `tokensMax` is none. */
  read(usage: unknown): Usage | undefined {
    if (!isObject(usage)) return undefined;
    const counts: Counts = {};
    for (const name of countNames) counts[name] = count(usage[name]) ?? this.#counts[name];
    const details = usage["output_tokens_details"];
    const thinking = isObject(details) ? details["thinking_tokens"] : undefined;
    counts.thinking_tokens = count(thinking) ?? this.#counts.thinking_tokens;
    this.#counts = counts;
    this.#hourTokens = objectIn(usage, "cache_creation")["ephemeral_1h_input_tokens"] ?? this.#hourTokens;
    this.#searches = objectIn(usage, "server_tool_use")["web_search_requests"] ?? this.#searches;
    // The fast mode is a price of its own, whatever tier serves it.
    this.#tier = (usage["speed"] === "fast" ? "fast" : usage["service_tier"]) ?? this.#tier;
    this.#isInputOdd ||= countNames.some((name) => name !== "output_tokens" && isOddCount(usage[name]));
    this.#isOutputOdd ||= isOddCount(usage["output_tokens"]) || isOddCount(thinking);
    const decoded = decodeUsage(counts);
    return (
      decoded && {
        ...decoded,
        ...readParts({
          cacheWriteHour: this.#hourTokens,
          explicitCacheRead: this.#isReadByMarkers ? decoded.cachedInputTokens : undefined,
        }),
        ...readCounts({ web_search: this.#searches }),
        ...readServiceTier(this.#tier),
        ...(this.#isInputOdd && { isInputDoubtful: true }),
        ...(this.#isOutputOdd && { isOutputDoubtful: true }),
      }
    );
  }
}

const countNames = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"] as const;

type Counts = { [Name in (typeof countNames)[number] | "thinking_tokens"]?: number | undefined };

/** Anthropic's usage object; `extra` adds fields such as the cost. */
export function encodeUsage(usage: Usage, extra?: JsonObject): JsonObject {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const { counts, serviceTier } = usage;
  const hourTokens = usage.parts?.cacheWriteHour ?? 0;
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_creation: hourTokens > 0 ? encodeCacheCreation(cacheWriteTokens, hourTokens) : undefined,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
    output_tokens_details: reasoningTokens > 0 ? { thinking_tokens: reasoningTokens } : undefined,
    server_tool_use: counts?.["web_search"] ? { web_search_requests: counts["web_search"] } : undefined,
    service_tier: serviceTier !== undefined && ownTiers.has(serviceTier) ? serviceTier : undefined,
    ...extra,
  };
}

/** The words that clients of this dialect know. */
const ownTiers: ReadonlySet<string> = new Set(["standard", "priority", "batch"]);

function encodeCacheCreation(written: number, hourTokens: number): JsonObject {
  return {
    ephemeral_5m_input_tokens: Math.max(0, written - hourTokens),
    ephemeral_1h_input_tokens: hourTokens,
  };
}

function decodeUsage(counts: Counts): Usage | undefined {
  const { input_tokens: input, output_tokens: output } = counts;
  const { cache_read_input_tokens: cached = 0, cache_creation_input_tokens: written = 0 } = counts;
  if (input === undefined && output === undefined) return undefined;
  return {
    inputTokens: (input ?? 0) + cached + written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: output ?? 0,
    reasoningTokens: Math.min(counts.thinking_tokens ?? 0, output ?? 0),
  };
}
