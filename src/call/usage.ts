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
  /** The answer has thoughts, though none are counted. */
  hasThoughts?: boolean;
  /** Tokens that vendors price apart, where there are any. */
  parts?: UsageParts;
  /** What a vendor counts by the piece: calls of its own tools (`web_search`), images, seconds of sound. */
  counts?: Readonly<Record<string, number>>;
  /** The tier that served the request, by the vendor's name for it. */
  serviceTier?: string;
  /** Counts that can't be right, by what they contradict: then the larger of count and estimate is billed. */
  isInputDoubtful?: boolean;
  isOutputDoubtful?: boolean;
  /** The vendor's own bill for the request, where its answer states one. Recorded beside our cost; never billed. */
  vendorCost?: { amount: Nano; currency: string };
}

/** Parts of the tokens that are counted in `Usage` already. */
export interface UsageParts {
  /** Of the tokens read from a cache, those that the caller had marked for it (Alibaba's explicit cache). */
  explicitCacheRead?: number;
  /** Of the tokens written to a cache, those kept for an hour. */
  cacheWriteHour?: number;
  imageInput?: number;
  audioInput?: number;
  imageOutput?: number;
  audioOutput?: number;
}

export const noUsage: Readonly<Usage> = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** Tools that vendors run and count by the piece, by the names of their fees. */
export const countedTools = [
  "web_search",
  "x_search",
  "file_search",
  "attachment_search",
  "code_interpreter",
  "image_generation",
  "mcp",
  "grounded_prompt",
  "source",
] as const;
export type CountedTool = (typeof countedTools)[number];
