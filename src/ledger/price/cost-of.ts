import { divideHalfEven, type Nano } from "../../base/money.ts";
import { ownValue } from "../../base/own-value.ts";
import type { Usage, UsageParts } from "../../call/index.ts";
import { factorOne, type Factor, type Price, type Rates, type ServiceTier, type Tier } from "./price.ts";
import { feesOf, feeUnit } from "./fees.ts";
import { isPeak } from "./peak-hours.ts";

/** What a price depends on beside the tokens. */
export interface Occasion {
  /** Which moment of a request counts is not documented by DeepSeek (unverified): the start, as other programs have it. */
  timeMs: number;
  isBatch?: boolean;
}

/**
 * Cost of a request in nano-units, rounded once, half to even. Each token has one price: cached and cache-written tokens
 * are parts of the input, reasoning is part of the output, and images and sounds are parts of either.
 */
export function costOf(usage: Usage, price: Price, occasion: Occasion): Nano {
  const { rates, factors } = termsFor(usage, price, occasion);
  if (factors.length === 0 && !price.fees) return tokensCost(usage, rates);
  let tokens = exactSum(usage, rates);
  let unit = million;
  for (const { factor } of factors) {
    tokens *= factor;
    unit *= factorOne;
  }
  const fees = price.fees ? feesOf(price.fees, usage.counts) : 0n;
  return divideHalfEven(tokens * feeUnit + fees * unit, unit * feeUnit);
}

/** A factor on the price of all tokens, and what it is for. */
export interface PriceFactor {
  why: "service_tier" | "off_peak" | "batch";
  factor: Factor;
}

/** What a price asks for tokens on an occasion. */
export function termsFor(usage: Usage, price: Price, occasion: Occasion): { rates: Rates; factors: PriceFactor[] } {
  const service = usage.serviceTier === undefined ? undefined : ownValue(price.serviceTiers, usage.serviceTier);
  const rates = service?.rates
    ? ratesFor(service.rates, service.tiers, usage)
    : ratesFor(price.rates, price.tiers, usage);
  return { rates, factors: factorsOf(price, service, occasion) };
}

const million = 1_000_000n;

/** The last tier that the prompt reaches. */
function ratesFor(base: Rates, tiers: readonly Tier[] | undefined, { inputTokens }: Usage): Rates {
  return tiers?.findLast(({ above }) => inputTokens > above)?.rates ?? base;
}

function factorsOf({ offPeak, batch }: Price, service: ServiceTier | undefined, occasion: Occasion): PriceFactor[] {
  const factors: PriceFactor[] = [];
  if (service && service.factor !== factorOne) factors.push({ why: "service_tier", factor: service.factor });
  if (offPeak && !isPeak(offPeak.peak, occasion.timeMs)) factors.push({ why: "off_peak", factor: offPeak.factor });
  if (occasion.isBatch && batch !== undefined) factors.push({ why: "batch", factor: batch });
  return factors;
}

/** Nearly every sum is a whole number that a double holds exactly, and doubles take a quarter of the time. */
function tokensCost(usage: Usage, rates: Rates): Nano {
  if (usage.parts) return divideHalfEven(exactSum(usage, rates), million);
  const { fresh, answer, reasoning } = restOf(usage);
  const sum =
    fresh * Number(rates.input) +
    usage.cachedInputTokens * Number(rates.cachedInput) +
    usage.cacheWriteTokens * Number(rates.cacheWrite) +
    answer * Number(answerRate(usage, rates)) +
    reasoning * Number(rates.reasoning);
  if (sum <= Number.MAX_SAFE_INTEGER) return BigInt(divideHalfEvenExact(sum, 1_000_000));
  return divideHalfEven(exactSum(usage, rates), million);
}

/** Millionths of nano-units. */
function exactSum(usage: Usage, rates: Rates): bigint {
  const { fresh, answer, reasoning } = restOf(usage);
  const output = answerRate(usage, rates);
  const { explicitCacheRead, cacheWriteHour, imageInput, audioInput, imageOutput, audioOutput } = {
    ...noParts,
    ...usage.parts,
  };
  // Kinds of tokens are counted within each other, so that a part's price is what it adds to the price of the whole.
  return (
    BigInt(fresh) * rates.input +
    BigInt(usage.cachedInputTokens) * rates.cachedInput +
    BigInt(Math.min(explicitCacheRead, usage.cachedInputTokens)) * (rates.explicitCachedInput - rates.cachedInput) +
    BigInt(usage.cacheWriteTokens) * rates.cacheWrite +
    BigInt(Math.min(cacheWriteHour, usage.cacheWriteTokens)) * (rates.cacheWriteHour - rates.cacheWrite) +
    BigInt(answer) * output +
    BigInt(reasoning) * rates.reasoning +
    sharesOf(fresh, rates.input, [
      [imageInput, rates.imageInput],
      [audioInput, rates.audioInput],
    ]) +
    sharesOf(answer, output, [
      [imageOutput, rates.imageOutput],
      [audioOutput, rates.audioOutput],
    ])
  );
}

const noParts: Required<UsageParts> = {
  explicitCacheRead: 0,
  cacheWriteHour: 0,
  imageInput: 0,
  audioInput: 0,
  imageOutput: 0,
  audioOutput: 0,
};

/** What parts of a whole cost beyond the price of the whole. Together they are never more than it. */
function sharesOf(whole: number, rate: Nano, parts: readonly (readonly [number, Nano])[]): bigint {
  let left = whole;
  let sum = 0n;
  for (const [tokens, own] of parts) {
    const taken = Math.min(tokens, left);
    left -= taken;
    sum += BigInt(taken) * (own - rate);
  }
  return sum;
}

/** Alibaba prices the whole output of some models higher where the model thought. */
export function answerRate({ reasoningTokens, hasThoughts }: Usage, { output, thinkingOutput }: Rates): Nano {
  return reasoningTokens > 0 || hasThoughts ? thinkingOutput : output;
}

/** A vendor whose parts of the input exceed the whole is billed for the parts; the rest is never negative. */
export function restOf(usage: Usage): { fresh: number; answer: number; reasoning: number } {
  const reasoning = Math.min(usage.reasoningTokens, usage.outputTokens);
  return {
    fresh: Math.max(0, usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens),
    answer: usage.outputTokens - reasoning,
    reasoning,
  };
}

/** The same as divideHalfEven for whole numbers from 0 to 2^53. */
function divideHalfEvenExact(dividend: number, divisor: number): number {
  const rest = dividend % divisor;
  const quotient = (dividend - rest) / divisor;
  if (rest * 2 < divisor || (rest * 2 === divisor && quotient % 2 === 0)) return quotient;
  return quotient + 1;
}
