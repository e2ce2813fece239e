import type { Vendor } from "./vendor.ts";

/**
 * ByteDance's Volcano Ark (https://www.volcengine.com/docs/82379) and, in other countries, BytePlus ModelArk
 * (https://docs.byteplus.com/en/docs/ModelArk). A model is one of its names or an endpoint's id `ep-…`.
 */
export const bytedance: Vendor = {
  baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
  keyVariables: ["ARK_API_KEY", "BYTEPLUS_API_KEY"],
  // Unverified: programs call it so; its own documents have the first for both.
  keyRegions: { BYTEPLUS_API_KEY: "intl" },
  regions: {
    cn: "https://ark.cn-beijing.volces.com/api/v3",
    intl: "https://ark.ap-southeast.bytepluses.com/api/v3",
    eu: "https://ark.eu-west.bytepluses.com/api/v3",
  },
  // Volcano Ark has other prices, in yuan, which no source of the catalogue has.
  catalogParts: { cn: "bytedance", intl: "byteplus", eu: "byteplus" },
  apis: ["chat", "responses", "messages"],
  // https://www.volcengine.com/docs/82379/1541523: Seedream in OpenAI's form, with usage.generated_images.
  operations: ["image-generation"],
  // People write the host alone, too. Unverified: that BytePlus has Messages at the place where Volcano has them.
  address(baseUrl, api) {
    const root = baseUrl.replace(/\/api\/(?:v3|compatible)$/, "");
    if (api === "messages") return `${root}/api/compatible`;
    return new URL(root).pathname === "/" ? `${root}/api/v3` : baseUrl;
  },
  // Endpoints of the account.
  unlisted: /^ep-/,
  authorize: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  // It refuses both bounds beside each other.
  bodyShapes: [{ api: "chat", notBoth: ["max_completion_tokens", "max_tokens"] }],
  quirks: {
    // The bound of this name has the reasoning in it, as that of every client has.
    maxTokensField: "max_completion_tokens",
    thinking: { field: "thinking.type", effortField: "reasoning_effort", efforts: { xhigh: "high", max: "high" } },
  },
};
