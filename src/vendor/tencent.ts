import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Tencent's TokenHub (https://cloud.tencent.com/document/product/1823). Unverified: that Messages are below the host's `/v1`, too. */
export const tencent: Vendor = {
  ...placeApis("https://tokenhub.tencentmaas.com/v1", { messages: "" }),
  keyVariables: ["TENCENT_TOKENHUB_API_KEY"],
  catalogParts: { "": "tencent-tokenhub" },
  apis: ["chat"],
  quirks: {
    thinking: {
      field: "thinking.type",
      effortField: "reasoning_effort",
      efforts: { minimal: "low", xhigh: "high", max: "high" },
    },
    // Its "API error codes" (document 131595).
    errors: {
      codes: {
        "400001": "parameter",
        "400002": "parameter",
        "400004": "parameter",
        "401002": "account",
        "401007": "account",
        "401008": "account",
        "403001": "account",
        "403002": "account",
        "403004": "account",
        "403005": "account",
        "429001": "rate",
        "451001": "content",
      },
    },
  },
};
