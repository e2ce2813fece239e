import { must } from "../../base/assert.ts";
import type { Decimal } from "../../base/declared-price.ts";
import { divideHalfEven, parseDecimal, type Nano } from "../../base/money.ts";

/** What a unit of `from` is worth in `to`, from a date on, as cloud.yaml writes it. */
export interface DeclaredRate {
  from: string;
  to: string;
  rate: Decimal;
  /** `2026-01-01`, which is midnight in UTC, or a moment with its zone. */
  since: string;
}

/** Digits behind the point that a rate may have. */
export const ratePlaces = 15;
const one = 10n ** BigInt(ratePlaces);

/** Exchange rates, `USD>CNY` → the latest first, in units of 10⁻¹⁵. Each holds from its date until the next one's. */
export type RateTable = ReadonlyMap<string, readonly { fromMs: number; rate: bigint }[]>;

/** The declared rates, which were checked with the configuration, in the form in which they are looked up. */
export function parseRates(declared: readonly DeclaredRate[]): RateTable {
  const byPair = Map.groupBy(declared, ({ from, to }) => `${from}>${to}`);
  const parse = ({ rate, since }: DeclaredRate) => ({
    fromMs: Date.parse(since),
    rate: must(parseDecimal(rate, ratePlaces), "rates are validated with the configuration"),
  });
  return new Map([...byPair].map(([pair, rates]) => [pair, rates.map(parse).toSorted((a, b) => b.fromMs - a.fromMs)]));
}

/**
 * An amount in another currency at the rate of a moment, to the nearest nano-unit, ties to even. Undefined where no rate of this
 * direction holds yet: the inverse is not reckoned, since whoever declares a rate decides both.
 */
export function convert(amount: Nano, from: string, to: string, timeMs: number, rates: RateTable): Nano | undefined {
  // What is free is free in every currency, so that local models need no rates.
  if (from === to || amount === 0n) return amount;
  const found = rates.get(`${from}>${to}`)?.find(({ fromMs }) => fromMs <= timeMs);
  return found && divideHalfEven(amount * found.rate, one);
}
