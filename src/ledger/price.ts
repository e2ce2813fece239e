import type { PriceConfig } from "../base/cloud-config.ts";
import { must } from "../base/assert.ts";
import { divideHalfEven, parseNano, type Nano } from "../base/money.ts";
import type { Usage } from "../call/index.ts";

/**
 * Prices in nano-units of the currency per million tokens. Vendors quote per million with up to four places
 * (0.0028 USD for a cached token of DeepSeek's), which a whole number of nano-units per single token could not hold.
 */
export interface Price {
  currency: string;
  inputPerMillion: Nano;
  cachedInputPerMillion: Nano;
  outputPerMillion: Nano;
}

/** What a model costs that nobody put a price on: only local models, whose price is zero until declared. */
export const freePrice: Price = {
  currency: "USD",
  inputPerMillion: 0n,
  cachedInputPerMillion: 0n,
  outputPerMillion: 0n,
};

/** The price that a configuration declares. */
export function parsePrice(config: PriceConfig): Price {
  const nano = (value: string | number) => must(parseNano(value), "prices are validated with the configuration");
  return {
    currency: config.currency,
    inputPerMillion: nano(config.input),
    cachedInputPerMillion: nano(config.cached_input ?? config.input),
    outputPerMillion: nano(config.output),
  };
}

/** Cost of a request in nano-units, rounded once, half to even. Cached tokens are part of the input and priced once. */
export function costOf(usage: Usage, price: Price): Nano {
  const fresh = BigInt(usage.inputTokens - usage.cachedInputTokens);
  const total =
    fresh * price.inputPerMillion +
    BigInt(usage.cachedInputTokens) * price.cachedInputPerMillion +
    BigInt(usage.outputTokens) * price.outputPerMillion;
  return divideHalfEven(total, 1_000_000n);
}
