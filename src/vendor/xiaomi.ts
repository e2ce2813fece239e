import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Xiaomi's MiMo (https://platform.xiaomimimo.com/docs). */
export const xiaomi: Vendor = {
  ...placeApis("https://api.xiaomimimo.com/v1", { messages: "/anthropic" }),
  keyVariables: ["XIAOMI_API_KEY", "MIMO_API_KEY"],
  apis: ["chat", "messages"],
  quirks: {
    // Unverified: that an empty one is taken. "In thinking mode, the reasoning_content field must be fully passed back" ("Error codes").
    demandsReasoning: true,
    thinking: { field: "thinking.type" },
    errors: { statuses: { 421: "content" } },
  },
};
