import type { Correction } from "./correction.ts";
import { mapPrices } from "./map-rates.ts";

export const google: Correction = {
  parts: ["google", "google-vertex"],
  source: "https://ai.google.dev/gemini-api/docs/pricing",
  date: "2026-11-26",
  models: {
    // Unverified: that the price of sound did not change before these models went.
    "gemini-2.0-flash": { price: { currency: "USD", input: 0.1, cached_input: 0.025, output: 0.4, audio_input: 0.7 } },
  },
  each: (model, id) => (id.includes("gemini") ? mapPrices(model, (price) => ({ ...price, batch: 0.5 })) : model),
};
