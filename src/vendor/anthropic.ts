import type { Vendor } from "./vendor.ts";

/** Anthropic's own API (https://platform.claude.com/docs/en/api/overview). */
export const anthropic: Vendor = {
  baseUrl: "https://api.anthropic.com",
  apis: ["messages"],
  authorize: (apiKey) => ({ "x-api-key": apiKey }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  requestIdHeader: "request-id",
};
