import { formatDecimal } from "../../base/money.ts";
import { showText } from "../../base/printable.ts";
import { scaleNano, type AnyMoney, type Money } from "./money.ts";
import { parseExact } from "./parse-exact.ts";
import { PlanFault } from "./plan-fault.ts";
import { quantity, type AnyQuantity, type Quantity } from "./quantity.ts";
import type { Rate } from "./exchange.ts";

/** What a cell may hold. Numbers are quantities; integers are exact: money in nano-units, rates in units of 10⁻¹⁵. */
export type Value = AnyQuantity | AnyMoney | Rate;

/** A unit at run time: how values of this type are read and shown. Methods, so that a cell of one type is a Cell of any. */
export interface Unit<V extends Value = Value> {
  /** As people write it: `W`, `USD/kWh`, `%`. */
  readonly symbol: string;
  /** A value from a decimal. Throws PlanFault where it is none, or out of bounds; `name` is what it is told of. */
  parse(given: number | string | bigint, name: string): V;
  /** For charts and statistics. */
  toNumber(value: V): number;
  /** The exact decimal: `87072`, `0.55`. */
  format(value: V): string;
  /** The value at a share (0 … 1) of the way from low to high. */
  between(low: V, high: V, share: number): V;
}

export interface Bounds {
  least?: number;
  most?: number;
}

export function physicalUnit<U extends string>(symbol: U, { least = 0, most }: Bounds = {}): Unit<Quantity<U>> {
  return {
    symbol: symbol === "1" ? "" : symbol,
    parse(given, name) {
      const value = typeof given === "string" && given.trim() === "" ? Number.NaN : Number(given);
      if (Number.isFinite(value) && value >= least && value <= (most ?? value)) return quantity(value, symbol);
      const allowed = most === undefined ? `a number from ${least} on` : `a number from ${least} to ${most}`;
      throw new PlanFault(`Cannot set ${name}: found ${showText(String(given))}, allowed is ${allowed}`);
    },
    toNumber: (value) => value,
    format: (value) => String(value),
    between: (low, high, share) => quantity(low + (high - low) * share, symbol),
  };
}

/** Money of a currency, for each of something where `each` is told: `moneyUnit("USD", "kWh")`. */
export function moneyUnit<P extends string = "">(currency: string, each?: P): Unit<Money<P>> {
  return exactUnit<Money<P>>(each ? `${currency}/${each}` : currency, 9);
}

/** How many of one currency another is worth: `7.2464 CNY/USD`. */
export function exchangeUnit(from: string, to: string): Unit<Rate> {
  return exactUnit<Rate>(`${to}/${from}`, 15);
}

function exactUnit<V extends AnyMoney | Rate>(symbol: string, places: number): Unit<V> {
  return {
    symbol,
    parse: (given, name) => (typeof given === "bigint" ? given : parseExact(given, places, name)) as V,
    toNumber: (value) => Number(value) / 10 ** places,
    format: (value) => formatDecimal(value, places),
    between: (low, high, share) => ((low as bigint) + scaleNano((high as bigint) - (low as bigint), share)) as V,
  };
}

/** Units that many sheets use. */
export const units = {
  ratio: physicalUnit("1"),
  /** A part of a whole: 0 … 1. */
  share: physicalUnit("1", { most: 1 }),
  /** Power usage effectiveness: facility ÷ IT, at least 1. */
  effectiveness: physicalUnit("1", { least: 1 }),
  percent: physicalUnit("%", { least: -1e12 }),
  watts: physicalUnit("W"),
  megawatts: physicalUnit("MW"),
  kilowattHours: physicalUnit("kWh"),
  wattHoursPerMillion: physicalUnit("Wh/million tokens"),
  gramsPerKilowattHour: physicalUnit("g/kWh"),
  gramsPerMillion: physicalUnit("g/million tokens"),
  hours: physicalUnit("h"),
  years: physicalUnit("year", { least: 0.01, most: 100 }),
  tokens: physicalUnit("token"),
  millionsOfNodeYear: physicalUnit("million tokens/node-year"),
  tokensPerDay: physicalUnit("token/day"),
  tokensPerSecond: physicalUnit("token/s"),
  tokensPerSecondOfNode: physicalUnit("token/s/node"),
  nodes: physicalUnit("node"),
  accelerators: physicalUnit("accelerator"),
  acceleratorsOfNode: physicalUnit("accelerator/node"),
  wattsOfAccelerator: physicalUnit("W/accelerator"),
  wattsOfNode: physicalUnit("W/node"),
} as const;
