import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** DeepInfra (https://deepinfra.com/docs). It states what each call cost, as `usage.estimated_cost`. */
export const deepinfra: Vendor = {
  ...placeApis("https://api.deepinfra.com/v1/openai", { messages: "/anthropic" }),
  keyVariables: ["DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"],
  apis: ["chat", "messages"],
  // Images and audio of its OpenAI-style API. Unverified: variations and translations.
  operations: ["image-generation", "image-edit", "image-variation", "transcription", "translation", "speech"],
  quirks: {
    // "Chat completions" in its API reference.
    takesSampling: ["topK", "minP", "repeatPenalty"],
    thinking: {
      field: "reasoning.enabled",
      effortField: "reasoning_effort",
      effortModels: /gpt-oss|DeepSeek-V4|GLM-5\.2/i,
      efforts: { minimal: "low", max: "xhigh" },
    },
    // Unverified: its words, as programs report them.
    errors: {
      messages: [
        { pattern: /payment method|inference prohibited|balance/i, trouble: "account" },
        { pattern: /^model busy/i, trouble: "overloaded" },
        { pattern: /^model is not available/i, trouble: "model" },
      ],
    },
  },
};
