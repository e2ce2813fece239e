import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** OpenAI's own API (https://platform.openai.com/docs/api-reference). */
export const openai: Vendor = {
  ...compatible,
  baseUrl: "https://api.openai.com/v1",
  apis: ["chat", "responses"],
  hasCompaction: true,
  quirks: {
    // Its reasoning models refuse the older name.
    maxTokensField: "max_completion_tokens",
    // It refuses fields that it does not know, and Gemini CLI asks for a top_k each time.
    lacksSampling: new Set(["topK", "minP", "repeatPenalty"]),
  },
};
