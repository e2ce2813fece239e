import { freePrice, priceAt, type Charge, type DatedPrices, type Price } from "./price.ts";

/** What a call costs, and what is charged for it, as text: what was agreed on when something long began holds until its end. */
export function keepPrice({ prices, charge }: Terms, timeMs: number): string {
  const ofCharge = charge && ("factor" in charge ? charge.factor : (priceAt(charge.prices, timeMs) ?? freePrice));
  return JSON.stringify({ price: priceAt(prices, timeMs) ?? freePrice, charge: ofCharge }, (_key, value: unknown) => {
    if (typeof value === "bigint") return { bigint: String(value) };
    return value instanceof Set ? { set: [...value] as unknown[] } : value;
  });
}

/** What `keepPrice` has made, for all times. */
export function parseKeptPrice(text: string): Terms {
  const { price, charge } = JSON.parse(text, revive) as { price: Price; charge?: bigint | Price };
  if (charge === undefined) return { prices: always(price) };
  return {
    prices: always(price),
    charge: typeof charge === "bigint" ? { factor: charge } : { prices: always(charge) },
  };
}

interface Terms {
  prices: DatedPrices;
  charge?: Charge | undefined;
}

function always(price: Price): DatedPrices {
  return [{ fromMs: Number.NEGATIVE_INFINITY, price }];
}

/** A fee or a tier may have such a name, but no such value. */
function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("bigint" in value && typeof value.bigint === "string") return BigInt(value.bigint);
  return "set" in value && Array.isArray(value.set) ? new Set(value.set) : value;
}
