import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** OpenAI's own API (https://platform.openai.com/docs/api-reference). */
export const openai: Vendor = {
  ...compatible,
  baseUrl: "https://api.openai.com/v1",
  apis: ["chat", "responses"],
  hasCompaction: true,
  // Its reasoning models refuse the older name. "Unrecognized request argument supplied: top_k".
  quirks: { maxTokensField: "max_completion_tokens", openaiSamplingOnly: true },
};
