import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseNano } from "../../base/money.ts";
import {
  affordable,
  convertAt,
  convertBack,
  costOfCount,
  enterMoney,
  energy,
  explain,
  findRanges,
  findSensitivity,
  impliedRate,
  lessMoney,
  moneyUnit,
  parseRate,
  PlanFault,
  priceOfEach,
  quantity,
  scaleMoney,
  Sheet,
  showIn,
  units,
  type Explanation,
  type Money,
} from "./index.ts";
import { draw } from "./ranges.ts";

const nano = 1_000_000_000n;

function exampleSheet() {
  const sheet = new Sheet("USD");
  const power = sheet.assume("machine power", units.watts, {
    low: 500,
    likely: 1000,
    high: 2000,
    source: "a data sheet",
  });
  const hours = sheet.given("hours", units.hours, 24);
  const price = sheet.assume("power price", moneyUnit("USD", "kWh"), {
    low: "0.05",
    likely: "0.08",
    high: "0.1",
    source: "assumed",
  });
  const used = sheet.figure("energy", units.kilowattHours, "power × hours", { power, hours }, ({ power, hours }) =>
    energy(power, hours),
  );
  const bill = sheet.figure("power bill", moneyUnit("USD"), "energy × price", { price, used }, ({ price, used }) =>
    costOfCount(price, used),
  );
  const rent = sheet.given("rent", moneyUnit("USD"), "1.000000001");
  const total = sheet.sum("total", moneyUnit("USD"), [bill, rent]);
  return { sheet, power, price, used, bill, rent, total };
}

test("a sheet evaluates its cells, and a sum is the exact sum of its parts", () => {
  const { sheet, used, bill, total } = exampleSheet();
  const values = sheet.evaluate();
  expect([values.of(used), values.of(bill), values.of(total)]).toEqual([
    quantity(24, "kWh"),
    1_920_000_000n as Money,
    2_920_000_001n as Money,
  ]);
  expect(total.unit.format(values.of(total))).toBe("2.920000001");
});

test("an assumption can be set by name, within its unit's bounds; a figure cannot, and a misspelt name finds its like", () => {
  const { sheet, bill } = exampleSheet();
  sheet.set("power_price", "0.2");
  expect(sheet.evaluate().of(bill)).toBe(4_800_000_000n as Money);
  expect(() => sheet.set("power price", "cheap")).toThrow(
    'Cannot set power price: found "cheap", allowed is a decimal from 0 on with at most 18 digits before the point and 9 behind it',
  );
  expect(() => sheet.set("hours", -1)).toThrow('Cannot set hours: found "-1", allowed is a number from 0 on');
  expect(() => sheet.set("hours", { low: 3, likely: 2, high: 4 })).toThrow(
    "found 3, 2, 4, allowed is low ≤ likely ≤ high",
  );
  expect(() => sheet.set("energy", 1)).toThrow(
    "Cannot set energy: it is a result; set what it is made of: machine power, hours",
  );
  expect(() => sheet.find("power prise")).toThrow('Cannot find "power prise" in this plan; did you mean power price?');
});

test("ranges are the same for the same seed and lie between the extremes; sensitivity names what moves most first", () => {
  const { sheet, bill, rent } = exampleSheet();
  const range = (seed: number) => findRanges(sheet, [bill, rent], { seed, samples: 400 });
  const found = range(7).get(bill)!;
  expect(range(7).get(bill)).toEqual(found);
  expect(range(8).get(bill)).not.toEqual(found);
  // All low: 12 kWh × 0.05 = 0.6; all high: 48 × 0.1 = 4.8.
  expect(found.low).toBeGreaterThan(600_000_000n);
  expect(found.low).toBeLessThan(1_920_000_000n);
  expect(found.high).toBeGreaterThan(1_920_000_000n);
  expect(found.high).toBeLessThan(4_800_000_000n);
  expect(range(7).get(rent)).toEqual({ low: 1_000_000_001n as Money, high: 1_000_000_001n as Money });

  expect(findSensitivity(sheet, bill).map(({ assumption, atLow, atHigh }) => [assumption.name, atLow, atHigh])).toEqual(
    [
      ["machine power", 960_000_000n as Money, 3_840_000_000n as Money],
      ["power price", 1_200_000_000n as Money, 2_400_000_000n as Money],
    ],
  );
});

test("draws follow the triangular distribution: its quantiles are those of the closed form", () => {
  const { power } = exampleSheet();
  // F(mode) = (1000 − 500) ÷ (2000 − 500); F(1500) = 1 − (2000 − 1500)² ÷ (1500 × 1000).
  expect(draw(power, 1 / 3) as number).toBeCloseTo(1000, 6);
  expect(draw(power, 1 - 500 ** 2 / 1.5e6) as number).toBeCloseTo(1500, 6);
  expect([draw(power, 0), draw(power, 1)]).toEqual([quantity(500, "W"), quantity(2000, "W")]);
});

test("a requirement is of the likely values: samples and ends of assumptions may miss it", () => {
  const sheet = new Sheet("USD");
  const power = sheet.assume("power", units.watts, { low: 1, likely: 5, high: 9, source: "assumed" });
  sheet.require((values) => {
    if (values.of(power) < 4) throw new PlanFault("too little power");
  });
  expect(findRanges(sheet, [power]).get(power)?.low).toBeLessThan(4);
  expect(sheet.evaluate().of(power)).toBe(5 as never);
  sheet.set("power", 3);
  expect(() => sheet.evaluate()).toThrow("too little power");
});

test("an explanation reaches assumptions with their sources", () => {
  const { sheet, total } = exampleSheet();
  const leaves = (node: Explanation): string[] =>
    node.inputs.length > 0
      ? node.inputs.flatMap(leaves)
      : [`${node.cell.name}: ${node.cell.kind === "assumption" ? node.cell.source : "no assumption"}`];
  expect(leaves(explain(sheet, total))).toEqual([
    "power price: assumed",
    "machine power: a data sheet",
    "hours: given",
    "rent: given",
  ]);
});

test("the report's sums at their implied rates, calculated exactly", () => {
  const billion = (text: string) => parseNano(text)! * nano;
  const sums = [
    ["380", "52.44", "7.2464"],
    ["280.15", "38.7", "7.239"],
    ["150", "20.7", "7.2464"],
  ] as const;
  for (const [yuan, dollars, rate] of sums) {
    expect(impliedRate(billion(yuan), billion(dollars), 4)).toBe(parseRate(rate));
    // Back at the rounded rate, to as many digits as the report has.
    const back = convertBack(billion(yuan), parseRate(rate));
    const unit = 10n ** BigInt(18 - (dollars.split(".")[1]?.length ?? 0));
    expect((back + unit / 2n) / unit).toBe(billion(dollars) / unit);
  }
  // 380 × 10¹⁸ ÷ 7.2464 = 52,439,832,192,536,983,881.65…
  expect(convertBack(billion("380"), parseRate("7.2464"))).toBe(52_439_832_192_536_983_882n);
});

test("money enters a sheet at a declared rate or at its inverse, which the figure says; without a rate it is refused", () => {
  const told = { low: "380", likely: "380", high: "380", currency: "CNY", source: "given" };
  const rate = { from: "USD", to: "CNY", low: "7.2464", likely: "7.2464", high: "7.2464", source: "implied" };
  const sheet = new Sheet("USD");
  const capital = enterMoney(sheet, "capital", told, [rate]);
  expect(sheet.evaluate().of(capital)).toBe(52_439_832_193n as Money);
  expect(capital.kind === "figure" && capital.formula).toBe(
    "capital in CNY ÷ exchange rate USD to CNY (the inverse of the declared direction)",
  );
  expect(showIn(sheet, capital, "USD", [rate])).toBeUndefined();
  const inYuan = new Sheet("CNY");
  const shown = showIn(inYuan, enterMoney(inYuan, "budget", told, [rate]), "USD", [rate])!;
  expect(shown.unit.format(inYuan.evaluate().of(shown))).toBe("52.439832193");
  const there = enterMoney(inYuan, "capital", { ...told, currency: "USD" }, [rate]);
  expect(inYuan.evaluate().of(there)).toBe(2_753_632_000_000n as Money);
  expect(() => enterMoney(new Sheet("SAR"), "capital", told, [rate])).toThrow(
    "Cannot convert capital from CNY to SAR: no exchange rate leads there; declare one under rates",
  );
});

test("money by a double is within half a nano-unit of the exact product, and never falls where the amount grows", () => {
  const amounts = fc.bigInt({ min: 0n, max: 10n ** 21n });
  // Factors that are integers over 2²⁰, so that the exact product is known.
  fc.assert(
    fc.property(amounts, amounts, fc.nat(2 ** 31 - 1), (amount, more, numerator) => {
      const of = (value: bigint): bigint => scaleMoney(value as Money, quantity(numerator / 2 ** 20, "1"));
      const error = of(amount) * 2n ** 20n - amount * BigInt(numerator);
      expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(2n ** 20n);
      expect(of(amount + more)).toBeGreaterThanOrEqual(of(amount));
    }),
    { seed: 21 },
  );
  fc.assert(
    fc.property(amounts, fc.integer({ min: 1, max: 1_000_000 }), (amount, count) => {
      const each = priceOfEach(amount as Money, quantity(count, "node"));
      const error: bigint = lessMoney(costOfCount(each, quantity(count, "node")), amount as Money);
      expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(BigInt(count));
    }),
    { seed: 21 },
  );
  expect(affordable(100n as Money, 30n as Money<"node">)).toBe(quantity(3, "node"));
  expect(convertAt(3n, parseRate("0.5"))).toBe(2n);
});
