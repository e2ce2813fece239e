import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** OpenAI's own API (https://platform.openai.com/docs/api-reference). */
export const openai: Vendor = {
  ...compatible,
  baseUrl: "https://api.openai.com/v1",
  keyVariables: ["OPENAI_API_KEY"],
  baseUrlVariable: "OPENAI_BASE_URL",
  apis: ["chat", "responses"],
  hasCompaction: true,
  // Its reasoning models refuse the older name.
  quirks: { maxTokensField: "max_completion_tokens" },
};
