import { expect, test } from "bun:test";
import { seededRandom, chooseSeed } from "../testing/random.ts";
import { divideHalfEven, formatNano, parseNano } from "./money.ts";

test("decimals are parsed exactly, or refused", () => {
  const cases: [string | number, bigint | undefined][] = [
    ["0", 0n],
    ["0.55", 550_000_000n],
    ["5000", 5_000_000_000_000n],
    ["0.000000001", 1n],
    ["1.230000000000", 1_230_000_000n],
    ["-2.5", -2_500_000_000n],
    ["999999999999.999999999", 999_999_999_999_999_999_999n],
    [0.0028, 2_800_000n],
    [2.8e-7, 280n],
    [0.1 + 0.2, undefined], // 0.30000000000000004 has more places than nine
    ["0.0000000001", undefined],
    ["1e3", undefined],
    ["1,5", undefined],
    ["", undefined],
    [".5", undefined],
    ["5.", undefined],
    ["+1", undefined],
    [" 1", undefined],
    ["1_000", undefined],
    ["١", undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ["1000000000000", undefined], // beyond twelve digits
  ];
  for (const [text, nano] of cases) expect([text, parseNano(text)]).toEqual([text, nano]);
});

test("amounts are formatted as the shortest exact decimal", () => {
  expect(formatNano(0n)).toBe("0");
  expect(formatNano(1n)).toBe("0.000000001");
  expect(formatNano(1_230_000_000n)).toBe("1.23");
  expect(formatNano(-500_000_000n)).toBe("-0.5");
  expect(formatNano(10_000_000_000n)).toBe("10");
});

test("a formatted amount parses as the same amount", () => {
  const random = seededRandom(chooseSeed("money.test.ts"));
  for (let i = 0; i < 2_000; i++) {
    const amount = BigInt(Math.floor((random() - 0.5) * 10 ** (1 + Math.floor(random() * 15))));
    expect(parseNano(formatNano(amount))).toBe(amount);
  }
});

test("division rounds to the nearest, ties to even, on both sides of zero", () => {
  const cases: [bigint, bigint, bigint][] = [
    [0n, 10n, 0n],
    [4n, 10n, 0n],
    [5n, 10n, 0n],
    [6n, 10n, 1n],
    [15n, 10n, 2n],
    [25n, 10n, 2n],
    [35n, 10n, 4n],
    [-5n, 10n, 0n],
    [-15n, 10n, -2n],
    [-25n, 10n, -2n],
    [-26n, 10n, -3n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [10n, 10n, 1n],
  ];
  for (const [dividend, divisor, quotient] of cases)
    expect([dividend, divisor, divideHalfEven(dividend, divisor)]).toEqual([dividend, divisor, quotient]);
});
