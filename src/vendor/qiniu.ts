import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Qiniu's AI inference (https://developer.qiniu.com/aitokenapi). */
export const qiniu: Vendor = {
  ...placeApis("https://api.qnaigc.com/v1"),
  keyVariables: ["QINIU_API_KEY"],
  catalogParts: { "": "qiniu-ai" },
  apis: ["chat"],
  quirks: {
    thinkTags: true,
    // Unverified: models.dev lists a switch for its models, and not its name; this is the one of most vendors in China.
    thinking: { field: "thinking.type" },
  },
};
