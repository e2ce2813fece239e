/** The name of the dialect. */
export const dialectName = "anthropic-messages";
