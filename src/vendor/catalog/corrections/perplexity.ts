import type { Correction } from "./correction.ts";
import { mapPrices } from "./map-rates.ts";

/** Each request searches, which costs a fee beside the tokens. */
export const perplexity: Correction = {
  parts: ["perplexity"],
  source: "https://docs.perplexity.ai/getting-started/pricing",
  date: "2026-11-26",
  each: (model, id) =>
    mapPrices(model, (price) => ({
      ...price,
      // Unverified: a request's fee, here with the least context, which is the usual one. Tokens of citations (2 USD) are not counted.
      fees: id.includes("deep-research") ? { web_search: 0.005 } : { request: id === "sonar" ? 0.005 : 0.006 },
    })),
};
