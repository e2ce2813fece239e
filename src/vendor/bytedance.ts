import type { Vendor } from "./vendor.ts";

/** ByteDance's Volcano Ark (https://www.volcengine.com/docs/82379). A model is one of its names or an endpoint's id `ep-…`. */
export const bytedance: Vendor = {
  baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
  apis: ["chat"],
  // https://www.volcengine.com/docs/82379/1541523: Seedream in OpenAI's form, with usage.generated_images.
  operations: ["image-generation"],
  // People write the host alone, too.
  address: (baseUrl) => (new URL(baseUrl).pathname === "/" ? `${baseUrl}/api/v3` : baseUrl),
  authorize: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
};
