import type { VendorErrors } from "../dialect/vendor-trouble.ts";
import type { Vendor } from "./vendor.ts";

/** "公共错误码" in its documentation (https://www.volcengine.com/docs/82379/1299023), November 2026. */
const errors: VendorErrors = {
  codes: {
    ServerOverloaded: "overloaded",
    ModelLoadingError: "overloaded",
    RequestBurstTooFast: "rate",
    InflightBatchsizeExceeded: "rate",
    // The free tokens of a model are used up, or what the owner allows of it.
    QuotaExceeded: "money",
    SetLimitExceeded: "money",
    AccountOverdueError: "money",
    "OperationDenied.ServiceOverdue": "money",
    "OperationDenied.ServiceNotOpen": "account",
    ModelNotOpen: "model",
    "InvalidEndpoint.ClosedEndpoint": "model",
    "InvalidEndpoint.NotFound": "model",
    "InvalidEndpointOrModel.NotFound": "model",
    "InvalidEndpointOrModel.ModelIDAccessDisabled": "model",
    OutofContextError: "context",
    InputTextRiskDetection: "content",
    OutputTextRiskDetection: "content",
    MissingParameter: "parameter",
  },
};

/**
 * ByteDance's Volcano Ark (https://www.volcengine.com/docs/82379) and, in other countries, BytePlus ModelArk
 * (https://docs.byteplus.com/en/docs/ModelArk). A model is one of its names or an endpoint's id `ep-…`.
 */
export const bytedance: Vendor = {
  baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
  keyVariables: ["ARK_API_KEY", "BYTEPLUS_API_KEY"],
  // Unverified: programs call it so; its own documents have the first for both.
  keyRegions: { BYTEPLUS_API_KEY: "intl" },
  // Unverified: many programs call it so; its own SDKs take an address as an argument alone.
  baseUrlVariable: "ARK_BASE_URL",
  regions: {
    cn: "https://ark.cn-beijing.volces.com/api/v3",
    intl: "https://ark.ap-southeast.bytepluses.com/api/v3",
    eu: "https://ark.eu-west.bytepluses.com/api/v3",
  },
  regionHosts: { intl: /\.bytepluses\.com$/ },
  // Volcano Ark has other prices, in yuan, which no source of the catalogue has.
  catalogParts: { cn: "bytedance", intl: "byteplus", eu: "byteplus" },
  apis: ["chat", "responses", "messages"],
  // https://www.volcengine.com/docs/82379/1541523: Seedream in OpenAI's form, with usage.generated_images.
  operations: ["image-generation"],
  // People write the host alone, too. Unverified: that BytePlus has Messages at the place where Volcano has them.
  address(baseUrl, api) {
    const root = baseUrl.replace(/\/api\/(?:v3|compatible(?:\/v1)?)$/, "");
    if (api === "messages") return `${root}/api/compatible`;
    return new URL(root).pathname === "/" ? `${root}/api/v3` : baseUrl;
  },
  // Endpoints of the account.
  unlisted: /^ep-/,
  authorize: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  // It refuses both bounds beside each other.
  bodyShapes: [{ api: "chat", notBoth: ["max_completion_tokens", "max_tokens"] }],
  quirks: {
    // The bound of this name has the reasoning in it, as that of every client has.
    maxTokensField: "max_completion_tokens",
    thinking: { field: "thinking.type", effortField: "reasoning_effort", efforts: { xhigh: "high", max: "high" } },
    errors,
  },
};
