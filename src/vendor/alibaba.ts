import type { VendorErrors } from "../dialect/vendor-trouble.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/** "Error messages" in its documentation (https://help.aliyun.com/zh/model-studio/error-code), November 2026. */
const errors: VendorErrors = {
  codes: {
    limit_requests: "rate",
    LimitRequests: "rate",
    limit_burst_rate: "rate",
    "AllocationQuota.FreeTierOnly": "money",
    BudgetLimitExceeded: "money",
    PrepaidBillOverdue: "money",
    PostpaidBillOverdue: "money",
    CommodityNotPurchased: "account",
    ModelServingError: "overloaded",
    ModelUnavailable: "overloaded",
  },
  // `insufficient_quota` and `Throttling.AllocationQuota` are its limits on tokens a minute, unless they speak of the free ones.
  messages: [
    { pattern: /^free allocated quota/i, trouble: "money" },
    { pattern: /quota/i, trouble: "rate" },
  ],
};

/** Alibaba Cloud Model Studio (https://help.aliyun.com/zh/model-studio), in any region and at any workspace's own host. */
export const alibaba: Vendor = {
  baseUrl: "https://dashscope.aliyuncs.com",
  keyVariables: ["DASHSCOPE_API_KEY"],
  baseUrlVariable: "DASHSCOPE_HTTP_BASE_URL",
  // A workspace has a host of its own (`https://{WorkspaceId}.cn-beijing.maas.aliyuncs.com`), which is a provider's base address.
  regions: {
    cn: "https://dashscope.aliyuncs.com",
    intl: "https://dashscope-intl.aliyuncs.com",
    us: "https://dashscope-us.aliyuncs.com",
    hk: "https://cn-hongkong.dashscope.aliyuncs.com",
  },
  // Unverified: that those outside China have one list of prices.
  regionHosts: {
    hk: /\.cn-hongkong\.maas\.aliyuncs\.com$/,
    intl: /\.(?!cn-)[a-z]+-[a-z]+-\d+\.maas\.aliyuncs\.com$/,
  },
  catalogParts: { cn: "alibaba-cn", intl: "alibaba", us: "alibaba", hk: "alibaba" },
  apis: ["chat", "messages", "responses", "dashscope"],
  // People copy the address of any of its four formats; each is below the same host.
  address: (baseUrl, api) => rootOf(baseUrl) + (below[api] ?? ""),
  // "OpenAI compatible - Batch (file input)": from a day to two weeks, and `metadata` of two names alone.
  batch: {
    ...openaiBatch,
    paths: { chat: { chat: "/v1/chat/completions", embedding: "/v1/embeddings" } },
    // Unverified: these bounds, of a line too (older pages have 1 MB), the longest window, and `ds_name` in `metadata`.
    bytesMax: 500_000_000,
    lineBytesMax: 6_000_000,
    windows: ["24h", "336h"],
    markerField: "ds_name",
  },
  // Its OpenAI-style rerank has a base of its own.
  elsewhere: (baseUrl, { api, operation }) =>
    api === "chat" && operation === "rerank" ? `${rootOf(baseUrl)}/compatible-api/v1/reranks` : undefined,
  authorize: (apiKey, api) => ({
    authorization: `Bearer ${apiKey}`,
    ...(api === "messages" && { "x-api-key": apiKey }),
  }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  // Of thinking models these answer a call without a stream with 400 ("Deep thinking" in its documentation); the parts are put together here.
  bodyShapes: [
    {
      api: "chat",
      models: /^(?:qwq|qvq)|^qwen3-\d+(?:\.\d+)?b|-thinking(?:-|$)/,
      stream: false,
      with: { stream: "true", stream_options: '{"include_usage":true}' },
    },
  ],
  quirks: {
    takesSampling: ["topK", "repeatPenalty"],
    takesCacheMarkers: true,
    // Its page "Explicit Cache Best Practices" (August 2026) has it at Messages, too, and a request uses one of the caches.
    // Unverified: that answers there do not say which one.
    readsByMarkers: "messages",
    thinking: { field: "enable_thinking", budgetField: "thinking_budget" },
    errors,
  },
};

/** The native format's paths begin at the host. */
const below: Readonly<Record<string, string>> = {
  chat: "/compatible-mode/v1",
  // Unverified: older pages have `/api/v2/apis/protocols/compatible-mode/v1`, newer ones and public code this.
  responses: "/compatible-mode/v1",
  messages: "/apps/anthropic",
};

function rootOf(baseUrl: string): string {
  return baseUrl.replace(
    /\/(?:(?:api\/v2\/apis\/protocols\/)?compatible-(?:mode|api)(?:\/v1)?|apps\/anthropic(?:\/v1)?|api\/v1)$/,
    "",
  );
}
