import { placeApis } from "./place-apis.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/** Groq (https://console.groq.com/docs). */
export const groq: Vendor = {
  ...placeApis("https://api.groq.com/openai/v1"),
  keyVariables: ["GROQ_API_KEY"],
  apis: ["chat"],
  // https://console.groq.com/docs/api-reference, "Audio".
  operations: ["transcription", "translation", "speech"],
  // https://console.groq.com/docs/batch: from a day to a week. Unverified: its bounds are OpenAI's.
  batch: { ...openaiBatch, paths: { chat: { chat: "/v1/chat/completions" } }, windows: ["24h", "7d"] },
  quirks: {
    // Models without a format of their own for thoughts leave them in the text.
    thinkTags: true,
    // It refuses `reasoning_content`.
    reasoningField: "reasoning",
    turnFields: { reasoning_content: "reasoning", reasoning_details: null },
    thinking: {
      byModel: [
        {
          models: /gpt-oss/,
          effortField: "reasoning_effort",
          efforts: { minimal: "low", xhigh: "high", max: "high" },
        },
        {
          models: /qwen3/,
          effortField: "reasoning_effort",
          efforts: {
            none: "none",
            minimal: "default",
            low: "default",
            medium: "default",
            high: "default",
            xhigh: "default",
            max: "default",
          },
        },
      ],
    },
    errors: {
      codes: {
        // With 413: the request alone has more tokens than the account may use in a minute.
        rate_limit_exceeded: "rate",
        model_decommissioned: "model",
        // With 400, at the account's own limit on spending.
        blocked_api_access: "account",
      },
      statuses: { 498: "overloaded" },
    },
  },
};
