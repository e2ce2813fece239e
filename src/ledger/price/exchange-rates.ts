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

/** Declared exchange rates, each from its date until the next of the same two currencies. */
export class ExchangeRates {
  /** `USD>CNY` → the latest first, in units of 10⁻¹⁵. */
  readonly #byPair = new Map<string, { fromMs: number; rate: bigint }[]>();

  /** The rates were checked with the configuration. */
  constructor(declared: readonly DeclaredRate[]) {
    for (const { from, to, rate, since } of declared) {
      const pair = `${from}>${to}`;
      const list = this.#byPair.get(pair) ?? [];
      const units = must(parseDecimal(rate, ratePlaces), "rates are validated with the configuration");
      list.push({ fromMs: Date.parse(since), rate: units });
      this.#byPair.set(pair, list);
    }
    for (const list of this.#byPair.values()) list.sort((a, b) => b.fromMs - a.fromMs);
  }

  /**
   * An amount in another currency at the rate of a moment, to the nearest nano-unit, ties to even. Undefined where no rate of this
   * direction holds yet: the inverse is not reckoned, since whoever declares a rate decides both.
   */
  convert(amount: Nano, { from, to, timeMs }: { from: string; to: string; timeMs: number }): Nano | undefined {
    if (from === to) return amount;
    const found = this.#byPair.get(`${from}>${to}`)?.find(({ fromMs }) => fromMs <= timeMs);
    return found && divideHalfEven(amount * found.rate, one);
  }
}
