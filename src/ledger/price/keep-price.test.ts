import { expect, test } from "bun:test";
import { keepPrice, parseKeptPrice } from "./keep-price.ts";
import { parseCharge, parsePrices } from "./parse-price.ts";
import { freePrices } from "./price.ts";

const odd = {
  currency: "CNY",
  input: "0.000000001",
  output: 2,
  batch: 0.5,
  tiers: [{ above: 1_000, input: 3, output: 4 }],
  off_peak: { factor: 0.25, peak: [{ hours: "09:00-12:00", days: "mon-fri" }], holidays: "cn" },
  service_tiers: { set: { factor: 2 }, bigint: { input: 9, output: 9 } },
  fees: { bigint: 1, set: 0.01, request: 0.5 },
};

test("a price and a charge come back from their text as they were", () => {
  const prices = parsePrices(odd);
  for (const charge of [undefined, parseCharge({ factor: "1.5" }), { prices }]) {
    const kept = parseKeptPrice(keepPrice({ prices, charge }, 0));
    expect(kept.prices[0]?.price).toEqual(prices[0]?.price as never);
    if (charge && "factor" in charge) expect(kept.charge).toEqual(charge);
    else
      expect(kept.charge && "prices" in kept.charge && kept.charge.prices[0]?.price).toEqual(
        charge && (prices[0]?.price as never),
      );
  }
  expect(parseKeptPrice(keepPrice({ prices: freePrices }, 0)).prices[0]?.price.rates.input).toBe(0n);
});

test("of prices that follow each other the one of that time is kept", () => {
  const later = { ...odd, input: 100, valid_from: "2030-01-01" };
  const prices = parsePrices([odd, later] as Parameters<typeof parsePrices>[0]);
  const inputAt = (timeMs: number) => parseKeptPrice(keepPrice({ prices }, timeMs)).prices[0]?.price.rates.input;
  expect([inputAt(Date.UTC(2026, 0)), inputAt(Date.UTC(2031, 0))]).toEqual([1n, 100_000_000_000n]);
});
