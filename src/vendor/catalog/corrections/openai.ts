import type { Correction } from "./correction.ts";
import { mapPrices } from "./map-rates.ts";

export const openai: Correction = {
  parts: ["openai"],
  source: "https://platform.openai.com/docs/pricing",
  date: "2026-11-26",
  each: (model) =>
    mapPrices(model, (price) => ({
      ...price,
      batch: 0.5,
      // A tier that a model does not have is never what its answer names.
      service_tiers: { flex: { factor: 0.5 }, ...price.service_tiers },
      // Unverified: that no model has a fee of its own for its searches.
      fees: { web_search: 0.01, file_search: 0.0025 },
    })),
};
