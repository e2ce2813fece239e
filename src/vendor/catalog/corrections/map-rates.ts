import type { Decimal, DeclaredPrice, DeclaredRates } from "../../../base/declared-price.ts";
import { must } from "../../../base/assert.ts";
import { formatNano, parseNano } from "../../../base/money.ts";
import { pricesOf, type StoredModel } from "../catalog-model.ts";

/** The model with each of its prices changed; one without a price stays without. */
export function mapPrices(model: StoredModel, change: (price: DeclaredPrice) => DeclaredPrice): StoredModel {
  const prices = pricesOf(model).map(change);
  const [only] = prices;
  return only === undefined ? model : { ...model, price: prices.length === 1 ? only : prices };
}

/** The price with all its rates changed, those of tiers and of service tiers too. */
export function mapRates(price: DeclaredPrice, change: (rates: DeclaredRates) => object): DeclaredPrice {
  const { tiers, service_tiers: services } = price;
  return {
    ...price,
    ...change(price),
    ...(tiers && { tiers: tiers.map((tier) => ({ ...tier, ...change(tier) })) }),
    ...(services && {
      service_tiers: Object.fromEntries(
        Object.entries(services).map(([name, own]) => {
          const { input, output } = own;
          return [
            name,
            input === undefined || output === undefined ? own : { ...own, ...change({ ...own, input, output }) },
          ];
        }),
      ),
    }),
  };
}

/** A part of a price, exact to the ninth place and rounded up beyond it, so that none becomes zero: `percentOf(3, 125)` is 3.75. */
export function percentOf(value: Decimal, percent: number): Decimal {
  const exact = must(parseNano(value), "a catalogue's prices can be read") * BigInt(percent);
  return Number(formatNano((exact + 99n) / 100n));
}
