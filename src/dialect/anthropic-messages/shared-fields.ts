/** The name of the dialect. */
export const dialectName = "anthropic-messages";

/** Far above any model's output; only keeps sums of budgets within exact numbers. */
export const tokensMax = 100_000_000;
