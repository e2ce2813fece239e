import type { Vendor } from "./vendor.ts";

/** Anthropic's own API (https://platform.claude.com/docs/en/api/overview). */
export const anthropic: Vendor = {
  baseUrl: "https://api.anthropic.com",
  keyVariables: ["ANTHROPIC_API_KEY"],
  baseUrlVariable: "ANTHROPIC_BASE_URL",
  apis: ["messages"],
  // Its OpenAI-style API, where a provider asks for it, is below the version.
  address: (baseUrl, api) => (api === "chat" && !baseUrl.endsWith("/v1") ? `${baseUrl}/v1` : baseUrl),
  authorize: (apiKey) => ({ "x-api-key": apiKey }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  requestIdHeader: "request-id",
  // "Extended thinking" there: signatures hold on all platforms that serve its models.
  sharesProofs: true,
};
