import type { Vendor } from "./vendor.ts";

/** ByteDance's Volcano Ark (https://www.volcengine.com/docs/82379). A model is one of its names or an endpoint's id `ep-…`. */
export const bytedance: Vendor = {
  baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
  keyVariables: ["ARK_API_KEY"],
  apis: ["chat"],
  // People write the host alone, too.
  address: (baseUrl) => (new URL(baseUrl).pathname === "/" ? `${baseUrl}/api/v3` : baseUrl),
  authorize: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
};
