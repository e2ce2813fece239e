import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Fireworks (https://docs.fireworks.ai). Unverified: its Messages API at `/inference/v1/messages`, which a provider's `apis` can name. */
export const fireworks: Vendor = {
  ...placeApis("https://api.fireworks.ai/inference/v1", { messages: "/inference" }),
  keyVariables: ["FIREWORKS_API_KEY"],
  catalogParts: { "": "fireworks-ai" },
  apis: ["chat"],
  quirks: {
    // "Create chat completion" in its API reference.
    takesSampling: ["topK", "minP", "repeatPenalty"],
    // Either of them, not both; a budget has at least 1,024 tokens.
    thinking: {
      effortField: "reasoning_effort",
      efforts: { none: "none", minimal: "low" },
      budgetField: "thinking.budget_tokens",
    },
    // "Inference error codes" in its documentation: the account is suspended.
    errors: { statuses: { 412: "account" } },
  },
};
