import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** xAI's own API (https://docs.x.ai/docs/api-reference). */
export const xai: Vendor = {
  ...compatible,
  baseUrl: "https://api.x.ai/v1",
  keyVariables: ["XAI_API_KEY"],
  apis: ["chat", "responses"],
};
