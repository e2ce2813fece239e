import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Cerebras (https://inference-docs.cerebras.ai). */
export const cerebras: Vendor = {
  ...placeApis("https://api.cerebras.ai/v1"),
  keyVariables: ["CEREBRAS_API_KEY"],
  apis: ["chat"],
  quirks: {
    // It refuses `reasoning_content`.
    reasoningField: "reasoning",
    turnFields: { reasoning_content: "reasoning", reasoning_details: null },
    thinking: {
      byModel: [
        { models: /gpt-oss/, effortField: "reasoning_effort", efforts: { minimal: "low", xhigh: "high", max: "high" } },
        // Thinks unless it is told not to, and has no degrees of it.
        { models: /glm/, effortField: "reasoning_effort", efforts: { none: "none" }, hasOnlyTheseEfforts: true },
      ],
    },
    errors: { codes: { queue_exceeded: "overloaded", too_many_requests_error: "rate", wrong_api_key: "account" } },
  },
};
