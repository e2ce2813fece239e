import type { Vendor } from "./vendor.ts";

/** Alibaba Cloud Model Studio (https://help.aliyun.com/zh/model-studio), in any region and at any workspace's own host. */
export const alibaba: Vendor = {
  baseUrl: "https://dashscope.aliyuncs.com",
  apis: ["chat", "messages", "dashscope"],
  // People copy the address of any of its three formats; each is below the same host.
  address(baseUrl, api) {
    const root = baseUrl.replace(/\/(?:compatible-mode(?:\/v1)?|apps\/anthropic(?:\/v1)?|api\/v1)$/, "");
    return root + (below[api] ?? "");
  },
  authorize: (apiKey, api) => ({
    authorization: `Bearer ${apiKey}`,
    ...(api === "messages" && { "x-api-key": apiKey }),
  }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  quirks: { repeatPenaltyField: "repetition_penalty", takesCacheMarkers: true },
};

/** The native format's paths begin at the host. */
const below: Readonly<Record<string, string>> = {
  chat: "/compatible-mode/v1",
  messages: "/apps/anthropic",
};
