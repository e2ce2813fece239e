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

/** Price of a local model without a declared price, and of one that is declared to be free. */
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

export function parsePrice(declared: DeclaredPrice | "free" | undefined): Price {
  if (declared === undefined || declared === "free") return freePrice;
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
  const { inputPerMillion, cachedInputPerMillion, cacheWritePerMillion = inputPerMillion, outputPerMillion } = price;
  // Nearly every sum is a whole number that a double holds exactly, and doubles take a quarter of the time.
  const sum =
    fresh * Number(inputPerMillion) +
    usage.cachedInputTokens * Number(cachedInputPerMillion) +
    usage.cacheWriteTokens * Number(cacheWritePerMillion) +
    usage.outputTokens * Number(outputPerMillion);
  if (sum <= Number.MAX_SAFE_INTEGER) return BigInt(divideHalfEvenExact(sum, 1_000_000));
  const total =
    BigInt(fresh) * inputPerMillion +
    BigInt(usage.cachedInputTokens) * cachedInputPerMillion +
    BigInt(usage.cacheWriteTokens) * cacheWritePerMillion +
    BigInt(usage.outputTokens) * outputPerMillion;
  return divideHalfEven(total, 1_000_000n);
}

/** The same as divideHalfEven for whole numbers from 0 to 2^53. */
function divideHalfEvenExact(dividend: number, divisor: number): number {
  const rest = dividend % divisor;
  const quotient = (dividend - rest) / divisor;
  if (rest * 2 < divisor || (rest * 2 === divisor && quotient % 2 === 0)) return quotient;
  return quotient + 1;
}
