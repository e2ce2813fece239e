import type { Vendor } from "./vendor.ts";

/** Anthropic's own API (https://platform.claude.com/docs/en/api/overview). */
export const anthropic: Vendor = {
  baseUrl: "https://api.anthropic.com",
  keyVariables: ["ANTHROPIC_API_KEY"],
  baseUrlVariable: "ANTHROPIC_BASE_URL",
  apis: ["messages"],
  // "Message Batches": 100,000 requests or 256 MB, and a day.
  batch: {
    form: "anthropic",
    paths: { messages: { chat: "/v1/messages" } },
    linesMax: 100_000,
    bytesMax: 256_000_000,
    windows: ["24h"],
  },
  // Its OpenAI-style API, where a provider asks for it, is below the version.
  address: (baseUrl, api) => (api === "chat" && !baseUrl.endsWith("/v1") ? `${baseUrl}/v1` : baseUrl),
  authorize: (apiKey) => ({ "x-api-key": apiKey }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  requestIdHeader: "request-id",
  // "Extended thinking" there: signatures hold on all platforms that serve its models.
  sharesProofs: true,
};
