import type { Nano } from "../../base/money.ts";
import { ownValue } from "../../base/own-value.ts";
import {
  factorOne,
  priceAt,
  freePrice,
  type Charge,
  type DatedPrices,
  type Price,
  type Rates,
  type Tier,
} from "./price.ts";
import { feesOf, feeUnit } from "./fees.ts";
import type { Usage } from "../../call/index.ts";

/** The most that a request may use, as far as it is known before it is sent. */
export interface WorstUsage {
  inputTokens: number;
  /** Of all choices together. */
  outputTokens: number;
  /** What is counted by the piece. */
  counts?: Usage["counts"];
  /** What it asks for; the vendor may serve it at the usual tier all the same. */
  serviceTier?: string | undefined;
}

/**
 * The most that such a request may cost at a target, in nano-units of the charge's currency: each token at the dearest rate of its side,
 * at the dearest tier that so long a prompt can reach, at full price or that of the service tier that it asks for.
 */
export function worstCostOf(
  usage: WorstUsage,
  { prices, charge }: { prices: DatedPrices; charge?: Charge | undefined },
  timeMs: number,
): { amount: Nano; currency: string } {
  const price = priceAt(prices, timeMs) ?? freePrice;
  if (!charge) return { amount: worstAt(usage, price), currency: price.currency };
  if ("factor" in charge)
    return { amount: divideUp(worstAt(usage, price) * charge.factor, factorOne), currency: price.currency };
  const own = priceAt(charge.prices, timeMs) ?? freePrice;
  return { amount: worstAt(usage, own), currency: own.currency };
}

function worstAt(usage: WorstUsage, price: Price): Nano {
  let tokens = worstTokens(usage, price);
  const service = usage.serviceTier === undefined ? undefined : ownValue(price.serviceTiers, usage.serviceTier);
  if (service) {
    const ofTier = service.rates ? worstTokens(usage, { rates: service.rates, tiers: service.tiers }) : tokens;
    const priced = divideUp(ofTier * service.factor, factorOne);
    if (priced > tokens) tokens = priced;
  }
  const fees = price.fees ? feesOf(price.fees, usage.counts) : 0n;
  return divideUp(tokens, million) + (fees === 0n ? 0n : divideUp(fees, feeUnit));
}

/** In millionths of nano-units. */
function worstTokens(
  { inputTokens, outputTokens }: WorstUsage,
  { rates: base, tiers }: { rates: Rates; tiers?: readonly Tier[] | undefined },
): bigint {
  let tokens = tokensAt(inputTokens, outputTokens, base);
  if (!tiers) return tokens;
  for (const { above, rates } of tiers) {
    if (inputTokens <= above) continue;
    const sum = tokensAt(inputTokens, outputTokens, rates);
    if (sum > tokens) tokens = sum;
  }
  return tokens;
}

function tokensAt(inputTokens: number, outputTokens: number, rates: Rates): bigint {
  const { input, output } = dearest(rates);
  return BigInt(inputTokens) * input + BigInt(outputTokens) * output;
}

const million = 1_000_000n;

const known = new WeakMap<Rates, { input: Nano; output: Nano }>();

function dearest(rates: Rates): { input: Nano; output: Nano } {
  let found = known.get(rates);
  if (!found) {
    const { input, cacheWrite, cacheWriteHour, imageInput, audioInput } = rates;
    const { output, thinkingOutput, reasoning, imageOutput, audioOutput } = rates;
    found = {
      input: greatestOf([input, cacheWrite, cacheWriteHour, imageInput, audioInput]),
      output: greatestOf([output, thinkingOutput, reasoning, imageOutput, audioOutput]),
    };
    known.set(rates, found);
  }
  return found;
}

const greatestOf = (amounts: readonly Nano[]): Nano => amounts.reduce((one, other) => (other > one ? other : one), 0n);

/** Rounded up, since it is what is reserved. */
function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
