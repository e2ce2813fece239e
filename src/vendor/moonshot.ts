import { placeApis } from "./place-apis.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/** Moonshot's Kimi (https://platform.kimi.ai/docs, November 2026). Keys of one region are refused in the other. */
export const moonshot: Vendor = {
  ...placeApis("https://api.moonshot.ai/v1", { messages: "/anthropic" }),
  regions: { intl: "https://api.moonshot.ai/v1", cn: "https://api.moonshot.cn/v1" },
  keyVariables: ["MOONSHOT_API_KEY"],
  catalogParts: { intl: "moonshotai", cn: "moonshotai-cn" },
  apis: ["chat", "messages"],
  requestIdHeader: "msh-request-id",
  // `/v1/batches` in its OpenAPI document. Unverified: its bounds, and that the window may be a day.
  batch: {
    ...openaiBatch,
    paths: { chat: { chat: "/v1/chat/completions" } },
    linesMax: 10_000,
    bytesMax: 100_000_000,
  },
  quirks: {
    // Unverified: that an empty reasoning_content is taken, as at DeepSeek; one that is missing is a 400.
    demandsReasoning: true,
    // No efforts and no budgets; the others think always or never.
    thinking: { byModel: [{ models: /kimi-k2\.[56]|kimi-k[3-9]/, field: "thinking.type" }] },
    // "Errors" in its documentation. An engine that is overloaded is a 429, too.
    errors: {
      codes: {
        engine_overloaded_error: "overloaded",
        exceeded_current_quota_error: "account",
        rate_limit_reached_error: "rate",
        permission_denied_error: "account",
        content_filter: "content",
      },
      messages: [{ pattern: /token length too long/i, trouble: "context" }],
    },
  },
};
