import { divideHalfEven, parseDecimal, type Nano } from "../../base/money.ts";
import { convert, ratePlaces, type RateTable } from "../../ledger/index.ts";
import { PlanFault } from "./plan-fault.ts";

declare const rateOf: unique symbol;

/** What one unit of a currency is worth in another, in units of 10⁻¹⁵, as rates of the ledger are. */
export type Rate = bigint & { readonly [rateOf]: "rate" };

const one = 10n ** BigInt(ratePlaces);

/** An amount at a rate, to the nearest nano-unit, by the ledger's own conversion. */
export function convertAt(amount: Nano, rate: Rate): Nano {
  const table: RateTable = new Map([["from>to", [{ fromMs: 0, rate }]]]);
  return convert(amount, "from", "to", 0, table) ?? 0n;
}

/** An amount at the inverse of a rate, where only the other direction is declared: amount × 10¹⁵ ÷ rate, rounded once. */
export function convertBack(amount: Nano, rate: Rate): Nano {
  if (rate <= 0n) throw new PlanFault("Cannot convert money: the exchange rate is 0");
  return divideHalfEven(amount * one, rate);
}

/** The rate that two amounts imply, `amount` for each unit of `of`, rounded to so many places. */
export function impliedRate(amount: Nano, of: Nano, places: number): Rate {
  if (of <= 0n) throw new PlanFault("Cannot tell the implied exchange rate: the amount that it is by is not above 0");
  const scaled = divideHalfEven(amount * 10n ** BigInt(places), of);
  return (scaled * 10n ** BigInt(ratePlaces - places)) as Rate;
}

/** A rate from its decimal. */
export function parseRate(text: string): Rate {
  const rate = parseDecimal(text, ratePlaces);
  if (rate === undefined || rate <= 0n)
    throw new PlanFault(`Cannot read exchange rate: found ${JSON.stringify(text)}, allowed is a decimal above 0`);
  return rate as Rate;
}
