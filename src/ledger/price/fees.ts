import type { Nano } from "../../base/money.ts";
import { ownValue } from "../../base/own-value.ts";
import type { Price } from "./price.ts";

/** How many of its counts a fee is for: `second` is counted, and a vendor may price its minutes or hours. */
const spans: Readonly<Record<string, { count: string; size: bigint }>> = {
  minute: { count: "second", size: 60n },
  hour: { count: "second", size: 3_600n },
};

/** Every span divides it, so that fees are exact in this part of a nano-unit. */
export const feeUnit = 3_600n;

/** The fees of what was counted, in 3,600ths of a nano-unit. */
export function feesOf(fees: Readonly<Record<string, Nano>>, counts: Readonly<Record<string, number>> = {}): bigint {
  let sum = (fees["request"] ?? 0n) * feeUnit;
  for (const [name, fee] of Object.entries(fees)) {
    const { count, size } = spanOf(name);
    sum += fee * BigInt(ownValue(counts, count) ?? 0) * (feeUnit / size);
  }
  return sum;
}

/** Whether one of the fees is for what is counted under one of these names. */
export function hasFeeFor({ fees = {} }: Price, names: readonly string[]): boolean {
  return Object.keys(fees).some((name) => names.includes(spanOf(name).count));
}

/** Whether what is counted under these names, or by tokens, or not at all, can be priced: a price of nothing but other fees says nothing of it. */
export function canPrice(price: Price, names: readonly string[]): boolean {
  const { fees = {} } = price;
  if (hasFeeFor(price, names) || fees["request"] !== undefined || hasTokenRates(price)) return true;
  return Object.keys(fees).length === 0;
}

/** Whether anything of its tokens has a price. */
export function hasTokenRates({ rates, tiers = [] }: Price): boolean {
  return [rates, ...tiers.map((tier) => tier.rates)].some((one) => Object.values(one).some((rate: Nano) => rate > 0n));
}

function spanOf(fee: string): { count: string; size: bigint } {
  return ownValue(spans, fee) ?? { count: fee, size: 1n };
}
