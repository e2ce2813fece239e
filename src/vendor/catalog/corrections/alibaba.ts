import type { Correction } from "./correction.ts";
import { mapPrices, mapRates, percentOf } from "./map-rates.ts";

export const alibaba: Correction = {
  parts: ["alibaba", "alibaba-cn"],
  source: "https://www.alibabacloud.com/help/en/model-studio/context-cache",
  date: "2026-11-26",
  // A model without a cache, or without batches, reports none. Unverified: which model is an exception from what is "typically" billed.
  each: (model) =>
    mapPrices(model, (price) => ({
      ...mapRates(price, ({ input }) => ({
        // What is found by itself costs a fifth; what is found behind a marker of the caller's a tenth, and to put it there 1.25 times.
        cached_input: percentOf(input, 20),
        explicit_cached_input: percentOf(input, 10),
        cache_write: percentOf(input, 125),
      })),
      batch: 0.5,
    })),
};
