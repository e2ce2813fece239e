import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** xAI's own API (https://docs.x.ai/docs/api-reference). */
export const xai: Vendor = {
  ...compatible,
  baseUrl: "https://api.x.ai/v1",
  keyVariables: ["XAI_API_KEY"],
  apis: ["chat", "responses"],
  // https://docs.x.ai/docs/guides/image-generation, seen November 2026. Unverified: that edits are taken as JSON only.
  operations: ["image-generation", "image-edit"],
  // "Prompt caching" in its documentation: a cache is one server's, and calls of one conversation go to one server.
  conversations: { chat: { header: "x-grok-conv-id" }, responses: { field: "prompt_cache_key" } },
  quirks: {
    // "Chat" in its guides: roles in any sequence.
    systemTurns: { chat: /./ },
    thinking: {
      effortField: "reasoning_effort",
      // The others answer an effort with 400, and think as much as they like.
      effortModels: /grok-(?:3-mini|4\.3|4\.20-multi-agent)/,
      efforts: { minimal: "low", max: "high", xhigh: "high" },
    },
  },
};
