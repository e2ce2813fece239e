import { placeApis } from "./place-apis.ts";
import type { VendorErrors } from "../dialect/vendor-trouble.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/** "错误码" and "Errors" in its documentation (https://docs.bigmodel.cn/cn/api/api-code, https://docs.z.ai/api-reference/api-code). */
export const zhipuErrors: VendorErrors = {
  codes: {
    "1000": "account",
    "1001": "account",
    "1002": "account",
    "1003": "account",
    "1004": "account",
    "1110": "account",
    "1111": "account",
    "1112": "account",
    "1113": "account",
    "1120": "overloaded",
    "1121": "account",
    "1210": "parameter",
    "1211": "model",
    "1212": "parameter",
    "1213": "parameter",
    "1214": "parameter",
    "1215": "parameter",
    "1220": "account",
    "1221": "model",
    "1222": "model",
    "1261": "context",
    "1301": "content",
    "1302": "rate",
    "1303": "rate",
    "1304": "rate",
    "1305": "overloaded",
    "1308": "rate",
    "1309": "account",
    "1310": "rate",
    "1311": "account",
    "1312": "overloaded",
    "1313": "rate",
  },
};

/** Zhipu's GLM in China (https://docs.bigmodel.cn), and abroad as Z.ai (https://docs.z.ai). */
export const zhipu: Vendor = {
  ...placeApis("https://open.bigmodel.cn/api/paas/v4", { messages: "/api/anthropic" }),
  regions: { cn: "https://open.bigmodel.cn/api/paas/v4", intl: "https://api.z.ai/api/paas/v4" },
  keyVariables: ["ZHIPU_API_KEY", "ZHIPUAI_API_KEY", "ZAI_API_KEY"],
  // The SDK of Z.ai (zai-sdk 0.2) sends the last to Z.ai unless it is told another address. Unverified: that no page of Zhipu's counts more.
  keyRegions: { ZAI_API_KEY: "intl" },
  baseUrlVariable: "ZAI_BASE_URL",
  catalogParts: { cn: "zhipuai", intl: "zai" },
  apis: ["chat", "messages"],
  // "图像生成", "语音转文本" and "文本转语音" in its documentation. Its moderations, and streams of speech, have a form of their own.
  operations: ["image-generation", "transcription", "speech"],
  // "批处理 API" and https://docs.bigmodel.cn/cn/faq/batch-api-issues: no field for a window, and a day for it.
  batch: {
    ...openaiBatch,
    paths: { chat: { chat: "/v4/chat/completions" } },
    bytesMax: 100_000_000,
    // Unverified: that it lists batches as OpenAI does; its reference has no `completion_window`, which is sent all the same.
    createWith: { auto_delete_input_file: true },
  },
  quirks: {
    thinking: {
      field: "thinking.type",
      // The efforts that models.dev lists for it.
      effortField: "reasoning_effort",
      effortModels: /glm-5\.2/,
      efforts: { minimal: "high", low: "high", medium: "high", xhigh: "max" },
    },
    errors: zhipuErrors,
  },
};
