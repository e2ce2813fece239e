import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** ModelScope's inference API (https://modelscope.cn/docs/model-service/API-Inference). */
export const modelscope: Vendor = {
  ...placeApis("https://api-inference.modelscope.cn/v1"),
  keyVariables: ["MODELSCOPE_API_KEY"],
  apis: ["chat"],
  quirks: {
    thinkTags: true,
    // Unverified: the field is that of Model Studio, whose servers it uses.
    thinking: { byModel: [{ models: /GLM-4|Qwen3/i, field: "enable_thinking" }] },
    // Unverified: that an account without a bound Alibaba Cloud account says so with 401, and a day's quota with 429.
    errors: { messages: [{ pattern: /has no provider supported|invalid model id/i, trouble: "model" }] },
  },
};
