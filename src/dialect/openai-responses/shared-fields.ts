/** The name of the dialect. */
export const dialectName = "openai-responses";

/** What `include` must hold, so that the vendor's reasoning comes in a form that can be sent back without its keeping anything. */
export const encryptedReasoning = "reasoning.encrypted_content";
/** What `include` must hold for log probabilities. */
export const includedLogprobs = "message.output_text.logprobs";

/**
 * Models that reason, by their name: others refuse a request that includes encrypted reasoning. Unverified: OpenAI's and xAI's
 * names as of 2026.
 */
const reasoningModels = /(?:^|[/.:])(?:o\d|gpt-[5-9]|gpt-oss|codex|grok-(?:[4-9]|3-mini|code|build))/i;

export function isReasoningModel(model: string): boolean {
  return reasoningModels.test(model);
}

/** What clients ask of answers that are kept, which Sahab does. */
export const servedFields: readonly string[] = ["store", "previous_response_id", "background"];
