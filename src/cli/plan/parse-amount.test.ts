import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatNano } from "../../base/money.ts";
import { parseMoney, parseNumber, parsePower, parseTokens } from "./parse-amount.ts";

test.each([
  ["380bn CNY", "380000000000 CNY"],
  ["380 bn yuan", "380000000000 CNY"],
  ["CNY 380bn", "380000000000 CNY"],
  ["3800亿元", "380000000000 CNY"],
  ["3.5 million USD", "3500000 USD"],
  ["$3.5m", "3500000 USD"],
  ["US$ 52.44bn", "52440000000 USD"],
  ["5 Mrd EUR", "5000000000 EUR"],
  ["5 Mrd. €", "5000000000 EUR"],
  ["1,250,000.50 EUR", "1250000.5 EUR"],
  ["1 250 000 EUR", "1250000 EUR"],
  ["2e6 usd", "2000000 USD"],
  ["0.000000001 USD", "0.000000001 USD"],
  ["10 crore INR", "100000000 INR"],
])("%s is %s", (text, amount) => {
  const { nano, currency } = parseMoney(text);
  expect(`${formatNano(nano)} ${currency}`).toBe(amount);
});

test("an amount without a currency is of the one that is told", () => {
  expect(parseMoney("5 Mrd", "EUR")).toEqual({ nano: 5n * 10n ** 18n, currency: "EUR" });
  expect(() => parseMoney("5 Mrd")).toThrow(
    'Cannot read "5 Mrd": a currency is missing; allowed is an amount with its currency',
  );
});

test.each([
  ["1 GW", 1e9],
  ["300 MW", 300e6],
  ["300MW", 300e6],
  ["12.5 kW", 12_500],
  ["700 watts", 700],
  ["0.3 gigawatts", 300e6],
])("%s is so many watts", (text, watts) => expect(parsePower(text)).toBe(watts));

test.each([
  ["2e12", 2e12],
  ["2e12 tokens", 2e12],
  ["608bn", 608e9],
  ["3 million tokens a day", 3e6],
  ["3 Mio", 3e6],
  ["1_000_000", 1e6],
])("%s is so many tokens", (text, tokens) => expect(parseTokens(text)).toBe(tokens));

test.each([
  ["0.06", "0.06", ""],
  ["0.06 USD/kWh", "0.06", "USD/kWh"],
  ["5bn", "5000000000", ""],
  ["5.25 bn USD", "5250000000", "USD"],
  ["60%", "0.60", ""],
  ["7 %", "0.07", ""],
  ["2e-3", "0.002", ""],
  ["1,250.5 node", "1250.5", "node"],
])("the number %s is %s %s", (text, decimal, unit) => expect(parseNumber(text)).toEqual({ decimal, unit }));

test.each([
  [() => parseMoney("many yuan"), "there is no number in it"],
  [() => parseMoney("380 bilion CNY"), '"bilion" is not known here; did you mean billion?'],
  [() => parseMoney("380 ¥"), "write CNY or JPY"],
  [() => parseMoney("1,5 Mrd EUR"), "decimals follow a point: 1.5"],
  [() => parseMoney("1.000.000 EUR"), "1.000.000 is no number"],
  [() => parseMoney("-5 EUR"), "it is negative"],
  [() => parseMoney("0 EUR"), "more than 0"],
  [() => parseMoney("1 to 2 EUR"), "several numbers"],
  [() => parseMoney("0.0000000001 USD"), "beyond the ninth place"],
  [() => parsePower("300"), "a unit of power is missing"],
  [() => parsePower("300 mW"), "milliwatts; megawatts are MW"],
  [() => parsePower("5 GWh"), "that is energy"],
  [() => parsePower("5000 GW"), "at most 1000 GW"],
  [() => parseTokens("2e12 watts"), '"watts" is not known here'],
])("what cannot be meant is refused %#", (parse, why) => expect(parse).toThrow(why));

test("an amount is what was written, to the last digit", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 8n }), fc.integer({ min: 0, max: 9 }), (digits, places) => {
      const text = formatNano(digits * 10n ** BigInt(9 - places));
      expect(parseMoney(`${text} bn CNY`).nano).toBe(digits * 10n ** BigInt(18 - places));
    }),
    { seed: 7, numRuns: 200 },
  );
});
