import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Together (https://docs.together.ai). */
export const together: Vendor = {
  ...placeApis("https://api.together.ai/v1"),
  keyVariables: ["TOGETHER_API_KEY"],
  catalogParts: { "": "togetherai" },
  apis: ["chat"],
  // https://docs.together.ai/docs/inference/openai-compatibility, and "Audio" in its API reference.
  operations: ["image-generation", "transcription", "translation", "speech"],
  quirks: {
    // "Chat completions" in its API reference.
    takesSampling: ["topK", "minP", "repeatPenalty"],
    thinkTags: true,
    reasoningField: "reasoning",
    thinking: {
      byModel: [
        { models: /gpt-oss/, effortField: "reasoning_effort", efforts: { minimal: "low", xhigh: "high", max: "high" } },
      ],
      field: "reasoning.enabled",
      effortField: "reasoning_effort",
      effortModels: /DeepSeek-V4|GLM-5\.2/i,
      efforts: { minimal: "high", low: "high", medium: "high", xhigh: "max" },
    },
    // "Error codes" in its documentation: a prompt that is too long is a 403.
    errors: {
      codes: { model_not_available: "model" },
      messages: [{ pattern: /input token count|tokens? .*must be (?:less|<=)/i, trouble: "context" }],
      statuses: { 503: "overloaded" },
    },
  },
};
