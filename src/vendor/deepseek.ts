import { continuationVariant } from "../dialect/openai-chat/variants.ts";
import type { Vendor } from "./vendor.ts";

/** DeepSeek's own API (https://api-docs.deepseek.com). */
export const deepseek: Vendor = {
  baseUrl: "https://api.deepseek.com",
  keyVariables: ["DEEPSEEK_API_KEY"],
  // "Using the Responses API" in its guides, read in November 2026: at `/responses`, beside `/chat/completions`.
  apis: ["chat", "messages", "responses"],
  address(baseUrl, api, variant) {
    // People copy the address of any of its formats.
    const root = baseUrl.replace(/\/(?:anthropic(?:\/v1)?|beta|v1)$/, "");
    if (api === "messages") return `${root}/anthropic`;
    // What continues an answer that has begun, or fills a gap, is a beta of its chat API.
    if (variant === continuationVariant) return `${root}/beta`;
    return /\/(?:beta|v1)$/.test(baseUrl) && !baseUrl.endsWith("/anthropic/v1") ? baseUrl : root;
  },
  hasVariants: true,
  authorize: (apiKey, api) => (api === "messages" ? { "x-api-key": apiKey } : { authorization: `Bearer ${apiKey}` }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  // "Rate limit and isolation" in its documentation: the id keeps the caches of an account's users apart.
  // Unverified: that Responses take it, too.
  cacheTags: { chat: "user_id", responses: "user_id", messages: "metadata.user_id" },
  // "Tool calls" in its guide to thinking: a turn with calls comes back with its reasoning_content, or the answer is a 400.
  // Unverified: that an empty one is taken, too, where thinking is switched off.
  quirks: {
    demandsReasoning: true,
    // Unverified: programs report this text of refused contents; its list of errors has none for them.
    errors: { messages: [{ pattern: /^content exists risk/i, trouble: "content" }] },
    thinking: {
      field: "thinking.type",
      effortField: "reasoning_effort",
      efforts: { minimal: "low", medium: "high", xhigh: "high", ultra: "max" },
    },
  },
};
