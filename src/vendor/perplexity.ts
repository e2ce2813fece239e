import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/**
 * Perplexity (https://docs.perplexity.ai). It states what each call cost, searches included, as `usage.cost.total_cost`. Unverified: a
 * third party says that chat completions ended in September 2026, and that Responses are at `/v1`.
 */
export const perplexity: Vendor = {
  ...placeApis("https://api.perplexity.ai", { responses: "/v1" }),
  keyVariables: ["PERPLEXITY_API_KEY"],
  apis: ["chat", "responses"],
  quirks: {
    takesSampling: ["topK"],
    thinkTags: true,
    reasoningField: "none",
    thinking: {
      byModel: [
        { models: /reasoning|deep-research/, effortField: "reasoning_effort", efforts: { xhigh: "high", max: "high" } },
      ],
    },
    errors: { codes: { invalid_model: "model", insufficient_quota: "account" } },
  },
};
