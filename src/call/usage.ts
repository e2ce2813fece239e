import type { Nano } from "../base/money.ts";

/** Tokens of one request, by kind. The sums follow OpenAI's habit: `input` includes cached tokens, `output` includes reasoning. */
export interface Usage {
  inputTokens: number;
  /** Part of `inputTokens` that came from a prefix cache. */
  cachedInputTokens: number;
  /** Part of `inputTokens` that was written to a prefix cache, where the vendor counts it. Disjoint from the cached ones. */
  cacheWriteTokens: number;
  outputTokens: number;
  /** Part of `outputTokens` that was reasoning. */
  reasoningTokens: number;
  /** Counts that can't be right, by what they contradict: then the larger of count and estimate is billed. */
  isInputDoubtful?: boolean;
  isOutputDoubtful?: boolean;
  /** The vendor's own bill for the request, where its answer states one. Recorded beside our cost; never billed. */
  vendorCost?: { amount: Nano; currency: string };
}

export const noUsage: Readonly<Usage> = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};
