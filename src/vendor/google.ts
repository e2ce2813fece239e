import { serviceTierHeader } from "../dialect/gemini/index.ts";
import type { Vendor } from "./vendor.ts";

/** Google's Gemini API (https://ai.google.dev/gemini-api/docs). */
export const google: Vendor = {
  baseUrl: "https://generativelanguage.googleapis.com",
  keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  baseUrlVariable: "GOOGLE_GEMINI_BASE_URL",
  apis: ["gemini", "chat"],
  // https://ai.google.dev/gemini-api/docs/openai#image-generation. Its own image models answer in its own form.
  operations: ["image-generation"],
  address: (baseUrl, api) => {
    const plain = baseUrl.replace(/\/v1(?:beta)?(?:\/openai)?$/, "");
    return api === "chat" ? `${plain}/v1beta/openai` : plain;
  },
  serviceTierHeader,
  // They show their thoughts only to who asks for them.
  silentThinkers: /(?:^|\/)gemini-(?:2\.5-pro|[3-9]|\d\d)/,
  authorize: (apiKey, api) => (api === "gemini" ? { "x-goog-api-key": apiKey } : { authorization: `Bearer ${apiKey}` }),
};
