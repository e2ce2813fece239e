import type { Correction } from "./correction.ts";
import { mapPrices, percentOf } from "./map-rates.ts";

export const xai: Correction = {
  parts: ["xai"],
  source: "https://docs.x.ai/developers/pricing",
  date: "2026-11-26",
  each: (model) =>
    mapPrices(model, (price) => ({
      ...price,
      // Unverified: whether a prompt of exactly 200,000 tokens is among the longer ones, which cost double.
      tiers: price.tiers ?? [
        {
          above: 200_000,
          input: percentOf(price.input, 200),
          ...(price.cached_input !== undefined && { cached_input: percentOf(price.cached_input, 200) }),
          output: percentOf(price.output, 200),
        },
      ],
      fees: {
        web_search: 0.005,
        x_search: 0.005,
        code_interpreter: 0.005,
        attachment_search: 0.01,
        file_search: 0.0025,
      },
    })),
};
