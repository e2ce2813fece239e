import { placeApis } from "./place-apis.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/** SiliconFlow (https://docs.siliconflow.com, https://docs.siliconflow.cn). */
export const siliconflow: Vendor = {
  ...placeApis("https://api.siliconflow.com/v1"),
  regions: { intl: "https://api.siliconflow.com/v1", cn: "https://api.siliconflow.cn/v1" },
  keyVariables: ["SILICONFLOW_API_KEY", "SILICONFLOW_CN_API_KEY"],
  // models.dev has a variable for each.
  keyRegions: { SILICONFLOW_CN_API_KEY: "cn" },
  catalogParts: { intl: "siliconflow", cn: "siliconflow-cn" },
  apis: ["chat"],
  // https://docs.siliconflow.com/en/api-reference. Its images have a form of its own (`image_size`, `images`).
  operations: ["transcription", "speech"],
  // https://docs.siliconflow.cn/cn/userguide/guides/batch. Unverified: that a name of ours in `metadata` comes back in its list.
  batch: {
    ...openaiBatch,
    paths: { chat: { chat: "/v1/chat/completions" } },
    linesMax: 5_000,
    bytesMax: 1_000_000_000,
  },
  requestIdHeader: "x-siliconcloud-trace-id",
  quirks: {
    // "Create chat completion" in its API reference.
    takesSampling: ["topK", "minP"],
    thinking: { field: "enable_thinking", budgetField: "thinking_budget" },
    // "Error handling" in its documentation; a 403 is about money or a permission. Unverified: 20015, 30001, 50505, as programs report them.
    errors: {
      codes: { "20012": "model", "20015": "parameter", "30001": "account", "50505": "overloaded" },
      statuses: { 503: "overloaded", 504: "overloaded" },
    },
  },
};
