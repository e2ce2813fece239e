/** Tokens of one request, by kind. The sums follow OpenAI's habit: `input` includes cached tokens, `output` includes reasoning. */
export interface Usage {
  inputTokens: number;
  /** Part of `inputTokens` that came from a prefix cache. */
  cachedInputTokens: number;
  outputTokens: number;
  /** Part of `outputTokens` that was reasoning. */
  reasoningTokens: number;
}

export const noUsage: Readonly<Usage> = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };
