import type { Correction } from "./correction.ts";
import { mapPrices } from "./map-rates.ts";

/**
 * Grounding with Google Search (https://ai.google.dev/gemini-api/docs/pricing, as others quote it in September 2026): older models are billed
 * for each prompt that was looked up, from Gemini 3 on for each query. Google gives some for nothing (1,500 prompts a day, 5,000 a
 * month), which an account's requests share and no single one can know; they are counted at the price. Unverified: the same at Vertex.
 */
const feesOf = (id: string) => (/gemini-[12]\b/.test(id) ? { grounded_prompt: 0.035 } : { web_search: 0.014 });

export const gemini: Correction = {
  parts: ["google", "google-vertex"],
  source: "https://ai.google.dev/gemini-api/docs/optimization",
  date: "2026-11-26",
  // Unverified: that Vertex has the same factors, and which of 1.75 to 2 priority costs of the usual price; what is less would be too little.
  each: (model, id) =>
    id.includes("gemini")
      ? mapPrices(model, (price) => ({
          ...price,
          batch: 0.5,
          fees: { ...feesOf(id), ...price.fees },
          service_tiers: { flex: { factor: 0.5 }, priority: { factor: 2 }, ...price.service_tiers },
        }))
      : model,
};

export const google: Correction = {
  parts: ["google"],
  source: "as models.dev f3fc6922 has it, with the price of sound",
  date: "2026-07-02",
  models: {
    // Unverified: the price of sound, which the catalogue's source does not have.
    "gemini-2.0-flash": { price: { currency: "USD", input: 0.1, cached_input: 0.025, output: 0.4, audio_input: 0.7 } },
  },
};
