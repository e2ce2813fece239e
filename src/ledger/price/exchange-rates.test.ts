import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDecimal } from "../../base/money.ts";
import { ExchangeRates, ratePlaces } from "./exchange-rates.ts";

const since = "2026-01-01";
const day = (text: string) => Date.parse(`${text}T00:00:00Z`);

test("a rate holds from its date until the next; before the first there is none", () => {
  const rates = new ExchangeRates([
    { from: "USD", to: "CNY", rate: 7.3, since: "2026-03-01" },
    { from: "USD", to: "CNY", rate: "7.2464", since },
  ]);
  const at = (timeMs: number) => rates.convert(1_000_000_000n, { from: "USD", to: "CNY", timeMs });
  expect([at(day(since) - 1), at(day(since)), at(day("2026-03-01") - 1), at(day("2026-03-01"))]).toEqual([
    undefined,
    7_246_400_000n,
    7_246_400_000n,
    7_300_000_000n,
  ]);
});

test("only declared directions are converted; one's own currency needs no rate", () => {
  const rates = new ExchangeRates([{ from: "USD", to: "CNY", rate: 7, since }]);
  expect(rates.convert(5n, { from: "CNY", to: "USD", timeMs: day(since) })).toBeUndefined();
  expect(rates.convert(5n, { from: "SAR", to: "SAR", timeMs: 0 })).toBe(5n);
});

test("halves of a nano-unit are rounded to the even one", () => {
  const half = new ExchangeRates([{ from: "USD", to: "CNY", rate: "0.5", since }]);
  const of = (amount: bigint) => half.convert(amount, { from: "USD", to: "CNY", timeMs: day(since) });
  expect([1n, 2n, 3n, 5n, -1n, -3n].map(of)).toEqual([0n, 1n, 2n, 2n, 0n, -2n]);
});

test("a conversion is within half a nano-unit of the exact product, is odd, and never falls where the amount grows", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.bigInt({ min: 1n, max: 10n ** 21n }),
      (amount, more, units) => {
        const rates = new ExchangeRates([{ from: "USD", to: "IDR", rate: formatDecimal(units, ratePlaces), since }]);
        const convert = (nano: bigint) => rates.convert(nano, { from: "USD", to: "IDR", timeMs: day(since) })!;
        const error = convert(amount) * 10n ** BigInt(ratePlaces) - amount * units;
        expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(10n ** BigInt(ratePlaces));
        expect(convert(-amount)).toBe(-convert(amount));
        expect(convert(amount + more)).toBeGreaterThanOrEqual(convert(amount));
      },
    ),
  );
});
