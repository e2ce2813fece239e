import type { Usage } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { isOddCount, readTokenCount as count } from "../token-count.ts";

/**
 * The counts of one answer. Google counts in every event of a stream, cumulatively; candidates leave out what was thought, and
 * the prompt what tools of Google's gave the model.
 */
export class UsageReader {
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
    };
  }
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
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = usage;
  return {
    promptTokenCount: inputTokens,
    cachedContentTokenCount: cachedInputTokens || undefined,
    candidatesTokenCount: Math.max(0, outputTokens - reasoningTokens),
    thoughtsTokenCount: reasoningTokens || undefined,
    totalTokenCount: inputTokens + outputTokens,
    ...extra,
  };
}
