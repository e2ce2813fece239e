import type { Usage } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { isOddCount, readTokenCount as count } from "../token-count.ts";
import { readCounts, readParts, readServiceTier } from "../usage-kinds.ts";

/**
 * The counts of one answer. Google counts in every event of a stream, cumulatively; candidates leave out what was thought, and
 * the prompt what tools of Google's gave the model.
 */
export class UsageReader {
  readonly #queries = new Set<string>();
  #isInputOdd = false;
  #isOutputOdd = false;

  /** Takes in a `usageMetadata` object; undefined where it has no count. */
  read(value: unknown): Usage | undefined {
    if (!isObject(value)) return undefined;
    const [prompt, tools, candidates, thoughts, cached] = countNames.map((name) => count(value[name]));
    // Only what is no count can be an odd one.
    if (prompt === undefined || cached === undefined)
      this.#isInputOdd ||= isOddCount(value["promptTokenCount"]) || isOddCount(value["cachedContentTokenCount"]);
    if (candidates === undefined || thoughts === undefined)
      this.#isOutputOdd ||= isOddCount(value["candidatesTokenCount"]) || isOddCount(value["thoughtsTokenCount"]);
    if (prompt === undefined && candidates === undefined && thoughts === undefined) return undefined;
    const inputTokens = (prompt ?? 0) + (tools ?? 0);
    return {
      inputTokens,
      cachedInputTokens: Math.min(cached ?? 0, inputTokens),
      cacheWriteTokens: 0,
      outputTokens: (candidates ?? 0) + (thoughts ?? 0),
      reasoningTokens: thoughts ?? 0,
      ...(this.#isInputOdd && { isInputDoubtful: true }),
      ...(this.#isOutputOdd && { isOutputDoubtful: true }),
      ...readMedia(value),
      ...readCounts({ grounded_prompt: this.#queries.size > 0 ? 1 : 0, web_search: this.#queries.size }),
      ...readServiceTier(value["serviceTier"] ?? tierOfTraffic(value["trafficType"])),
    };
  }

  /** Notes what a candidate was looked up for. Google bills grounded prompts, or with newer models each query. */
  noteGrounding(metadata: unknown): void {
    const queries = isObject(metadata) ? metadata["webSearchQueries"] : undefined;
    if (!Array.isArray(queries)) return;
    for (const query of queries)
      if (typeof query === "string" && this.#queries.size < queriesMax)
        this.#queries.add(query.slice(0, queryCharsMax));
  }
}

/** Far more than any answer has; a stream may repeat them in every event. */
const queriesMax = 1_000;
const queryCharsMax = 200;

/** Tokens by what they are of; those of the prompt without what came from the cache. */
function readMedia(usage: JsonObject): Pick<Usage, "parts"> {
  const { promptTokensDetails: prompt, cacheTokensDetails: cached, candidatesTokensDetails: answer } = usage;
  if (!prompt && !answer) return {};
  const freshOf = (modality: string) => Math.max(0, tokensOf(prompt, modality) - tokensOf(cached, modality));
  return readParts({
    imageInput: freshOf("IMAGE"),
    audioInput: freshOf("AUDIO"),
    imageOutput: tokensOf(answer, "IMAGE"),
    audioOutput: tokensOf(answer, "AUDIO"),
  });
}

function tokensOf(details: unknown, modality: string): number {
  if (!Array.isArray(details)) return 0;
  const found: unknown = details.find((item) => isObject(item) && item["modality"] === modality);
  return isObject(found) ? (count(found["tokenCount"]) ?? 0) : 0;
}

/** Vertex names the tier so (unverified: `ON_DEMAND_PRIORITY`, `ON_DEMAND_FLEX`); others are the usual one. */
function tierOfTraffic(traffic: unknown): string | undefined {
  if (traffic === "ON_DEMAND_PRIORITY") return "priority";
  return traffic === "ON_DEMAND_FLEX" ? "flex" : undefined;
}

const countNames = [
  "promptTokenCount",
  "toolUsePromptTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
  "cachedContentTokenCount",
] as const;

/** The name of the object at the top level of an answer. */
export const usageField = "usageMetadata";

/** Google's usage object; `extra` adds fields such as the cost, which Google's SDKs pass over. */
export function encodeUsage(usage: Usage, extra?: JsonObject): JsonObject {
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens, parts } = usage;
  return {
    promptTokenCount: inputTokens,
    cachedContentTokenCount: cachedInputTokens || undefined,
    candidatesTokenCount: Math.max(0, outputTokens - reasoningTokens),
    thoughtsTokenCount: reasoningTokens || undefined,
    totalTokenCount: inputTokens + outputTokens,
    ...(parts && {
      promptTokensDetails: encodeMedia(inputTokens, parts.imageInput, parts.audioInput),
      candidatesTokensDetails: encodeMedia(outputTokens - reasoningTokens, parts.imageOutput, parts.audioOutput),
    }),
    ...extra,
  };
}

/** Undefined where all is text. */
function encodeMedia(total: number, image = 0, audio = 0): JsonObject[] | undefined {
  if (image + audio === 0) return undefined;
  const text = Math.max(0, total - image - audio);
  return [
    { modality: "TEXT", tokenCount: text },
    { modality: "IMAGE", tokenCount: image },
    { modality: "AUDIO", tokenCount: audio },
  ].filter(({ tokenCount }) => tokenCount > 0);
}
