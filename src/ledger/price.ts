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
  /** Input that was read from a prefix cache. */
  cachedInputPerMillion: Nano;
  /** Input that was written to a prefix cache; by default the price of input. */
  cacheWritePerMillion?: Nano;
  outputPerMillion: Nano;
}

/** Price of a local model without a declared price. */
export const freePrice: Price = {
  currency: "USD",
  inputPerMillion: 0n,
  cachedInputPerMillion: 0n,
  cacheWritePerMillion: 0n,
  outputPerMillion: 0n,
};

/** A price as a configuration declares it: decimals per million tokens, already validated. */
interface DeclaredPrice {
  currency: string;
  input: number | string;
  cached_input?: number | string | undefined;
  cache_write?: number | string | undefined;
  output: number | string;
}

export function parsePrice(declared: DeclaredPrice): Price {
  const nano = (value: string | number) => must(parseNano(value), "prices are validated with the configuration");
  return {
    currency: declared.currency,
    inputPerMillion: nano(declared.input),
    cachedInputPerMillion: nano(declared.cached_input ?? declared.input),
    cacheWritePerMillion: nano(declared.cache_write ?? declared.input),
    outputPerMillion: nano(declared.output),
  };
}

/**
 * Cost of a request in nano-units, rounded once, half to even. Each token has one price: cached and cache-written tokens
 * are parts of the input, reasoning is part of the output.
 */
export function costOf(usage: Usage, price: Price): Nano {
  // A vendor whose parts exceed its whole is billed for the parts; the rest is never negative.
  const fresh = Math.max(0, usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens);
  const total =
    BigInt(fresh) * price.inputPerMillion +
    BigInt(usage.cachedInputTokens) * price.cachedInputPerMillion +
    BigInt(usage.cacheWriteTokens) * (price.cacheWritePerMillion ?? price.inputPerMillion) +
    BigInt(usage.outputTokens) * price.outputPerMillion;
  return divideHalfEven(total, 1_000_000n);
}
