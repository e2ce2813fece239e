import type { Nano } from "../../base/money.ts";
import type { PeakHours } from "./peak-hours.ts";

/**
 * Prices in nano-units of the currency per million tokens. Vendors quote per million with up to four places
 * (0.0028 USD for a cached token of DeepSeek's), which a whole number of nano-units per single token could not hold.
 */
export interface Rates {
  input: Nano;
  /** Input that was read from a prefix cache. */
  cachedInput: Nano;
  /** Input that was read from a prefix cache behind a marker of the caller's. */
  explicitCachedInput: Nano;
  /** Input that was written to a prefix cache. */
  cacheWrite: Nano;
  /** Input that was written to a prefix cache for an hour, where that costs more than the vendor's usual lifetime. */
  cacheWriteHour: Nano;
  output: Nano;
  /** Output that was no reasoning, of an answer with reasoning in it. */
  thinkingOutput: Nano;
  /** Output that was reasoning. */
  reasoning: Nano;
  imageInput: Nano;
  audioInput: Nano;
  imageOutput: Nano;
  audioOutput: Nano;
}

/** What a vendor asks for a model, or what a team charges for it. */
export interface Price {
  currency: string;
  rates: Rates;
  /** Longer prompts, the longest last: a request of more prompt tokens than `above` is priced by the tier's rates as a whole. */
  tiers?: readonly Tier[];
  /** All of its tokens cost this part of the price outside the hours. */
  offPeak?: { factor: Factor; peak: PeakHours };
  /** By the name of the vendor's service tier (`flex`, `priority`). */
  serviceTiers?: Readonly<Record<string, ServiceTier>>;
  /** What a token of a batch costs of the usual price. */
  batch?: Factor;
  /** Fees by the piece, which no factor changes: `request` for each request, and whatever else a vendor counts (`web_search`, `image`). */
  fees?: Readonly<Record<string, Nano>>;
  /** Where it is from, as people read it. */
  source?: string;
}

export interface Tier {
  /** Prompt tokens, cached ones included. */
  above: number;
  rates: Rates;
}

/** A part of the usual price, or a price of its own. */
export interface ServiceTier {
  factor: Factor;
  rates?: Rates;
  tiers?: readonly Tier[];
}

/** A factor in billionths, so that it is exact: one half is 500,000,000. */
export type Factor = bigint;
export const factorOne: Factor = 1_000_000_000n;

/** What is charged instead of what a provider costs: so many times that, or by a price of its own. */
export type Charge = { factor: Factor } | { prices: DatedPrices };

/** Prices of one model over time, the latest first, so that what is asked for now is found at once. */
export type DatedPrices = readonly { fromMs: number; price: Price }[];

/** The price at a time; before the first one, the first: a price is stated late more often than a model is free. */
export function priceAt(prices: DatedPrices, timeMs: number): Price | undefined {
  for (const { fromMs, price } of prices) if (fromMs <= timeMs) return price;
  return prices.at(-1)?.price;
}

const free: Rates = {
  input: 0n,
  cachedInput: 0n,
  explicitCachedInput: 0n,
  cacheWrite: 0n,
  cacheWriteHour: 0n,
  output: 0n,
  thinkingOutput: 0n,
  reasoning: 0n,
  imageInput: 0n,
  audioInput: 0n,
  imageOutput: 0n,
  audioOutput: 0n,
};

/** Price of a local model without a declared price, and of one that is declared to be free. */
export const freePrice: Price = { currency: "USD", rates: free };
export const freePrices: DatedPrices = [{ fromMs: Number.NEGATIVE_INFINITY, price: freePrice }];
