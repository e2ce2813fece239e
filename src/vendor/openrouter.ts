import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** OpenRouter (https://openrouter.ai/docs/api-reference). It states what each call cost, as `usage.cost`. */
export const openrouter: Vendor = {
  ...placeApis("https://openrouter.ai/api/v1", { messages: "/api", responses: "/api/v1" }),
  keyVariables: ["OPENROUTER_API_KEY"],
  apis: ["chat", "messages", "responses"],
  // "Model variants" and "Auto Router" in its documentation.
  unlisted: /:|^openrouter\//,
  quirks: {
    // "Parameters" in its API reference.
    takesSampling: ["topK", "minP", "repeatPenalty"],
    takesCacheMarkers: true,
    reasoningField: "reasoning",
    thinking: { field: "reasoning.enabled", effortField: "reasoning.effort", budgetField: "reasoning.max_tokens" },
    // "Errors and Debugging" in its documentation: a 403 is about moderation, or about the key.
    errors: {
      messages: [
        { pattern: /requires moderation|input was flagged/i, trouble: "content" },
        { pattern: /^no (?:endpoints|allowed providers)/i, trouble: "model" },
      ],
    },
  },
};
