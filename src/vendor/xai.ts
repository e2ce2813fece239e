import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** xAI's own API (https://docs.x.ai/docs/api-reference). */
export const xai: Vendor = {
  ...compatible,
  baseUrl: "https://api.x.ai/v1",
  apis: ["chat", "responses"],
  // https://docs.x.ai/docs/guides/image-generation, seen November 2026. Unverified: that edits are taken as JSON only.
  operations: ["image-generation", "image-edit"],
};
