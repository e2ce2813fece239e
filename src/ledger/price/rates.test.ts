import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDecimal } from "../../base/money.ts";
import { convert, parseRates, ratePlaces } from "./rates.ts";

const since = "2026-01-01";
const day = (text: string) => Date.parse(`${text}T00:00:00Z`);

test("a rate holds from its date until the next; before the first there is none", () => {
  const rates = parseRates([
    { from: "USD", to: "CNY", rate: 7.3, since: "2026-03-01" },
    { from: "USD", to: "CNY", rate: "7.2464", since },
  ]);
  const at = (timeMs: number) => convert(1_000_000_000n, "USD", "CNY", timeMs, rates);
  expect([at(day(since) - 1), at(day(since)), at(day("2026-03-01") - 1), at(day("2026-03-01"))]).toEqual([
    undefined,
    7_246_400_000n,
    7_246_400_000n,
    7_300_000_000n,
  ]);
});

test("only declared directions are converted; one's own currency needs no rate", () => {
  const rates = parseRates([{ from: "USD", to: "CNY", rate: 7, since }]);
  expect(convert(5n, "CNY", "USD", day(since), rates)).toBeUndefined();
  expect(convert(5n, "SAR", "SAR", 0, rates)).toBe(5n);
  expect(convert(0n, "SAR", "USD", 0, rates)).toBe(0n);
});

test("halves of a nano-unit are rounded to the even one", () => {
  const half = parseRates([{ from: "USD", to: "CNY", rate: "0.5", since }]);
  const of = (amount: bigint) => convert(amount, "USD", "CNY", day(since), half);
  expect([1n, 2n, 3n, 5n, -1n, -3n].map(of)).toEqual([0n, 1n, 2n, 2n, 0n, -2n]);
});

test("a conversion is within half a nano-unit of the exact product, is odd, and never falls where the amount grows", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.bigInt({ min: 1n, max: 10n ** 21n }),
      (amount, more, units) => {
        const rates = parseRates([{ from: "USD", to: "IDR", rate: formatDecimal(units, ratePlaces), since }]);
        const of = (nano: bigint) => convert(nano, "USD", "IDR", day(since), rates)!;
        const error = of(amount) * 10n ** BigInt(ratePlaces) - amount * units;
        expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(10n ** BigInt(ratePlaces));
        expect(of(-amount)).toBe(-of(amount));
        expect(of(amount + more)).toBeGreaterThanOrEqual(of(amount));
      },
    ),
  );
});
