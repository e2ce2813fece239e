import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Mistral (https://docs.mistral.ai/api). It answers a field that it does not know with 422. */
export const mistral: Vendor = {
  ...placeApis("https://api.mistral.ai/v1"),
  keyVariables: ["MISTRAL_API_KEY"],
  apis: ["chat"],
  // https://docs.mistral.ai/api, "Audio". Its moderations have no `flagged`, and its speech is JSON.
  operations: ["transcription"],
  requestIdHeader: "mistral-correlation-id",
  bodyShapes: [{ api: "chat", renames: { max_completion_tokens: "max_tokens", seed: "random_seed" } }],
  quirks: {
    callIdChars: 9,
    reasoningField: "none",
    // Schema AssistantMessage of its API: content, tool_calls and prefix, and nothing else (422 `extra_forbidden`).
    turnFields: {
      reasoning_content: null,
      reasoning: null,
      reasoning_details: null,
      refusal: null,
      annotations: null,
      audio: null,
      function_call: null,
      name: null,
    },
    // Magistral always thinks. Two efforts, as models.dev lists them.
    thinking: {
      byModel: [
        {
          models: /mistral-(?:small|medium)/,
          effortField: "reasoning_effort",
          efforts: { none: "none", minimal: "high", low: "high", medium: "high", xhigh: "high", max: "high" },
        },
      ],
    },
    errors: {
      codes: {
        invalid_model: "model",
        // Code 3505, with 429: "Service tier capacity exceeded for this model."
        service_tier_capacity_exceeded: "overloaded",
      },
    },
  },
};
