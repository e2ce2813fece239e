import { countedTools } from "../../call/index.ts";
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
  let sum = 0n;
  for (const { fee, count, size } of feeLinesOf(fees, counts)) sum += fee * BigInt(count) * (feeUnit / size);
  return sum;
}

/** Each fee with how often it is counted; `size` is how many of the count it is for. */
export function feeLinesOf(fees: Readonly<Record<string, Nano>>, counts: Readonly<Record<string, number>> = {}) {
  return Object.entries(fees).map(([name, fee]) => {
    const { count, size } = spanOf(name);
    return { name, fee, size, count: name === "request" ? 1 : (ownValue(counts, count) ?? 0) };
  });
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

/** Whether a chat, or a text's vector, can be priced: a price of nothing but pictures, sounds and the like says nothing of it. */
export function canPriceText(price: Price): boolean {
  if (!price.fees) return true;
  const counted = Object.keys(price.fees).map((fee) => spanOf(fee).count);
  return counted.length === 0 || hasTokenRates(price) || !counted.every((name) => pieces.test(name));
}

/** Whether nothing but chats and texts is priced: what has a fee for pictures, sounds or the like, or a rate for making them, does other work. */
export function isForText(price: Price | undefined): boolean {
  if (!price) return true;
  // They cost what text does unless told otherwise.
  const makes = [price.rates, ...(price.tiers ?? []).map(({ rates }) => rates)].some(
    ({ output, imageOutput, audioOutput }) => imageOutput !== output || audioOutput !== output,
  );
  return !makes && Object.keys(price.fees ?? {}).every((fee) => !pieces.test(spanOf(fee).count));
}

/** What is counted of operations that are no chat, images also by their kind. Calls of tools are counted in chats. */
const pieces = /^(?:image(?:_.+)?|second|character|search)$/;

/** Every name that something is counted under; images are also counted by their kind (`image_hd`). */
export const feeNames: readonly string[] = [
  "request",
  "image",
  "second",
  ...Object.keys(spans),
  "character",
  "search",
  ...countedTools,
];

/** Whether anything is ever counted under the name of a fee. */
export function isFeeName(fee: string): boolean {
  return feeNames.includes(fee) || pieces.test(fee);
}

/** Whether fees can be all of a price. Calls of tools come beside tokens, which then need prices of their own. */
export function areWholePrice(fees: readonly string[]): boolean {
  return fees.length > 0 && fees.every((fee) => fee === "request" || pieces.test(spanOf(fee).count));
}

/** Whether anything of its tokens has a price. */
export function hasTokenRates({ rates, tiers = [] }: Price): boolean {
  return [rates, ...tiers.map((tier) => tier.rates)].some((one) => Object.values(one).some((rate: Nano) => rate > 0n));
}

function spanOf(fee: string): { count: string; size: bigint } {
  return ownValue(spans, fee) ?? { count: fee, size: 1n };
}
