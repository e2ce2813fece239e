import { divideHalfEven, type Nano } from "../../base/money.ts";
import { MoneyFault } from "./plan-fault.ts";
import type { Quantity } from "./quantity.ts";

declare const perOf: unique symbol;

/**
 * An exact amount in nano-units (10⁻⁹) of the sheet's one currency, for each of something where P is not empty: `Money<"kWh">` is the
 * price of a kilowatt-hour. An amount in another currency is no Money: it enters a sheet through `enterMoney`.
 */
export type Money<P extends string = ""> = Nano & { readonly [perOf]: (each: P) => P };

/** Money for each of anything. */
export type AnyMoney = Nano & { readonly [perOf]: (each: never) => string };

export function sumMoney<P extends string>(...parts: readonly Money<P>[]): Money<P> {
  return parts.reduce<bigint>((sum, part) => sum + part, 0n) as Money<P>;
}

export function lessMoney<P extends string>(amount: Money<P>, part: Money<P>): Money<P> {
  return (amount - part) as Money<P>;
}

/** Price × count, to the nearest nano-unit. */
export function costOfCount<P extends string>(price: Money<P>, count: Quantity<P>): Money {
  return scaleNano(price, count) as Money;
}

/** (Price of an A) × (A for each B): the price of a B. */
export function costOfEach<A extends string, B extends string>(price: Money<A>, each: Quantity<`${A}/${B}`>): Money<B> {
  return scaleNano(price, each) as Money<B>;
}

/** (Price of a B) ÷ (A for each B): the price of an A. */
export function priceOfPart<A extends string, B extends string>(
  price: Money<B>,
  each: Quantity<`${A}/${B}`>,
): Money<A> {
  return divideNano(price, each) as Money<A>;
}

/** What a node costs over years, from what it costs a year. */
export function costOverYears(yearly: Money<"node-year">, years: Quantity<"year">): Money<"node"> {
  return scaleNano(yearly, years) as Money<"node">;
}

/** What a node costs a year, its price spread evenly over years. */
export function costOfYear(price: Money<"node">, years: Quantity<"year">): Money<"node-year"> {
  return divideNano(price, years) as Money<"node-year">;
}

/** Amount ÷ count, to the nearest nano-unit. */
export function priceOfEach<P extends string>(amount: Money, count: Quantity<P>): Money<P> {
  return divideNano(amount, count) as Money<P>;
}

/** So many times the amount, by plain ratios, rounded once for each. */
export function scaleMoney<P extends string>(amount: Money<P>, ...by: readonly Quantity<"1">[]): Money<P> {
  return by.reduce<bigint>((product, ratio) => scaleNano(product, ratio), amount) as Money<P>;
}

/** How many of them an amount pays for, as a fraction; whole counts are exact by `affordable`. */
export function moneyRatio<P extends string>(amount: Money<P>, of: Money<P>): Quantity<"1"> {
  return (Number(amount) / Number(of)) as Quantity<"1">;
}

/** The most whole pieces that an amount pays for. */
export function affordable<P extends string>(amount: Money, each: Money<P>): Quantity<P> {
  if (each <= 0n) throw new MoneyFault("Cannot tell what an amount buys: what it buys costs nothing");
  return Number(amount / each) as Quantity<P>;
}

/** Amount × factor exactly, rounded to an integer once, ties to even: a double is an integer times a power of two. */
export function scaleNano(amount: Nano, factor: number): Nano {
  const { integer, shift } = partsOf(factor);
  return divideHalfEven(amount * integer, 1n << shift);
}

function divideNano(amount: Nano, divisor: number): Nano {
  const { integer, shift } = partsOf(divisor);
  if (integer === 0n) throw new MoneyFault("Cannot divide an amount of money: the count is 0");
  return integer < 0n ? divideHalfEven(-amount << shift, -integer) : divideHalfEven(amount << shift, integer);
}

/** A double as integer ÷ 2^shift, without loss. */
function partsOf(value: number): { integer: bigint; shift: bigint } {
  if (!Number.isFinite(value)) throw new MoneyFault(`Cannot calculate money by ${value}: a finite number is needed`);
  if (Number.isInteger(value)) return { integer: BigInt(value), shift: 0n };
  // All 53 bits of the double are above the point then; fewer than 2⁻⁹⁰⁰ are nothing to any amount.
  const shift = 53 - Math.floor(Math.log2(Math.abs(value)));
  return shift > 900 ? { integer: 0n, shift: 0n } : { integer: BigInt(value * 2 ** shift), shift: BigInt(shift) };
}
