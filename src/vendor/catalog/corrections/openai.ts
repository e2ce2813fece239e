import type { Correction } from "./correction.ts";
import { mapPrices } from "./map-rates.ts";

export const openai: Correction = {
  parts: ["openai"],
  source: "https://developers.openai.com/api/docs/guides/cost-optimization",
  date: "2026-11-26",
  each: (model) =>
    mapPrices(model, (price) => ({
      ...price,
      batch: 0.5,
      // Flex costs what a batch does. A tier that a model does not have is never what its answer names.
      service_tiers: { flex: { factor: 0.5 }, ...price.service_tiers },
      // Unverified: both fees, and that no model has one of its own.
      fees: { web_search: 0.01, file_search: 0.0025 },
    })),
};
