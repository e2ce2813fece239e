import type { Nano } from "../../base/money.ts";
import { factorOne, priceAt, freePrice, type Charge, type DatedPrices, type Price, type Rates } from "./price.ts";
import { feesOf, feeUnit } from "./fees.ts";
import type { Usage } from "../../call/index.ts";

/** The most that a request may use, as far as it is known before it is sent. */
export interface WorstUsage {
  inputTokens: number;
  /** Of all choices together. */
  outputTokens: number;
  /** What is counted by the piece. */
  counts?: Usage["counts"];
}

/**
 * The most that such a request may cost at a target, in nano-units of the charge's currency: each token at the dearest rate of its side,
 * at the dearest tier that so long a prompt can reach, at full price. Which service tier it asks for is not looked at.
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

function worstAt({ inputTokens, outputTokens, counts }: WorstUsage, price: Price): Nano {
  const tiers = (price.tiers ?? []).filter(({ above }) => inputTokens > above).map(({ rates }) => rates);
  let tokens = 0n;
  for (const rates of [price.rates, ...tiers]) {
    const { input, output } = dearest(rates);
    const sum = BigInt(inputTokens) * input + BigInt(outputTokens) * output;
    if (sum > tokens) tokens = sum;
  }
  const fees = price.fees ? feesOf(price.fees, counts) : 0n;
  return divideUp(tokens, million) + (fees === 0n ? 0n : divideUp(fees, feeUnit));
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
