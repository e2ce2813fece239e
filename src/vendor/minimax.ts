import { placeApis } from "./place-apis.ts";
import type { VendorErrors } from "../dialect/vendor-trouble.ts";
import type { Vendor } from "./vendor.ts";

/** "Error Codes" in its documentation (https://platform.minimax.io/docs/api-reference/errorcode). They come inside a 200, too, as `base_resp`. */
export const minimaxErrors: VendorErrors = {
  codes: {
    "1000": "overloaded",
    "1001": "overloaded",
    "1002": "rate",
    "1004": "account",
    "1008": "account",
    "1024": "overloaded",
    "1026": "content",
    "1027": "content",
    "1033": "overloaded",
    "1039": "rate",
    "1041": "rate",
    "1042": "parameter",
    "2013": "parameter",
    "2049": "account",
    "2056": "rate",
    "2061": "model",
    insufficient_balance_error: "account",
  },
  // Its Messages API has them at the end of the message: "insufficient balance (1008)".
  codeInMessage: /\((\d{4})\)/,
};

/** MiniMax (https://platform.minimax.io/docs). */
export const minimax: Vendor = {
  ...placeApis("https://api.minimax.io/v1", { messages: "/anthropic" }),
  regions: { intl: "https://api.minimax.io/v1", cn: "https://api.minimaxi.com/v1" },
  keyVariables: ["MINIMAX_API_KEY", "MINIMAX_CN_API_KEY"],
  // Unverified: programs call it so; its own documents have the first for both regions.
  keyRegions: { MINIMAX_CN_API_KEY: "cn" },
  catalogParts: { intl: "minimax", cn: "minimax-cn" },
  apis: ["chat", "messages"],
  // In China it reads this header alone, and answers 500 where there are both.
  authorize: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  requestIdHeader: "trace-id",
  // Without it, thoughts are in the text, between tags.
  bodyShapes: [{ api: "chat", models: /M\d/i, withDefault: { reasoning_split: "true" } }],
  quirks: {
    thinkTags: true,
    // Unverified: that a list without the ids of its own is taken.
    reasoningField: "reasoning_details",
    // M3 takes no effort; its elders always think.
    thinking: { byModel: [{ models: /M3/i, field: "thinking.type", on: "adaptive" }] },
    errors: minimaxErrors,
  },
};
