import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  atReactor,
  commonRates,
  finance,
  findAccelerator,
  findHost,
  findServing,
  findSite,
  reactorAvailabilityOf,
  sites,
} from "../data/index.ts";
import { explain, findRanges, findSensitivity, type Explanation, type Told } from "../sheet/index.ts";
import {
  comparePlans,
  deepseekMix,
  planBuyOrOwn,
  planCapital,
  planDemand,
  planPower,
  resultCells,
  type DemandInput,
  type FleetInput,
  type Plan,
} from "./index.ts";

const given = (value: number | string): Told => ({ low: value, likely: value, high: value, source: "given" });

function fleetOn(accelerator: string, site: string, currency = "USD"): FleetInput {
  return {
    currency,
    accelerator: findAccelerator(accelerator),
    host: findHost(accelerator),
    site: findSite(site),
    finance,
    rates: commonRates,
    serving: findServing("deepseek-v3", accelerator)!,
    ...deepseekMix,
  };
}

const deepseekDay: DemandInput = {
  ...fleetOn("h800", "CN"),
  inputTokens: given(608e9),
  cachedShare: given(342 / 608),
  outputTokens: given(168e9),
  rent: { ...given(2), currency: "USD" },
  prices: { currency: "USD", input: "0.55", cachedInput: "0.14", output: "2.19", source: "DeepSeek R1" },
};
const { rent: _, ...ownedDay } = deepseekDay;

const capitalOf = (amount: number, site = "CN", accelerator = "h800") =>
  planCapital({
    ...fleetOn(accelerator, site),
    capital: { ...given(amount), currency: "CNY" },
    years: given(3),
  });
const powerOf = (watts: number) => planPower({ ...fleetOn("h800", "FR"), watts: given(watts), availability: given(1) });
const buyOrOwn = (tokens: number) =>
  planBuyOrOwn({
    ...fleetOn("h100-sxm", "US"),
    tokensPerDay: given(tokens),
    cachedShare: given(0.5),
    prices: { currency: "USD", input: "0.5", cachedInput: "0.1", output: 2, source: "a vendor" },
  });

const plans: Record<string, () => Plan> = {
  "demand, rented": () => planDemand(deepseekDay),
  "demand, owned": () => planDemand(ownedDay),
  "demand in yuan": () => planDemand({ ...ownedDay, currency: "CNY" }),
  capital: () => capitalOf(380e9),
  power: () => powerOf(1e9),
  "buy or own": () => buyOrOwn(50e9),
};

function resultsOf(plan: Plan): Record<string, number> {
  const values = plan.sheet.evaluate();
  return Object.fromEntries([...resultCells(plan)].map(([key, cell]) => [key, cell.unit.toNumber(values.of(cell))]));
}

test("DeepSeek's published day: nodes, cost, revenue and margin within half a percent", () => {
  const results = resultsOf(planDemand(deepseekDay));
  const published = { nodes: 226.75, cost: 87_072, revenue: 562_027, cost_profit_margin_percent: 545 };
  for (const [key, value] of Object.entries(published))
    expect(Math.abs(results[key]! / value - 1), `${key}: ${results[key]}`).toBeLessThan(0.005);
  expect(results["tokens_per_day"]).toBe(776e9);
});

test("what a cache has takes no prefill, and a speed that was measured with a cache counts it once", () => {
  const prefillNodes = (fleet: FleetInput, share: number) =>
    resultsOf(planDemand({ ...deepseekDay, ...fleet, cachedShare: given(share) }))["prefill_nodes"]!;
  const inputDays = 608e9 / 86_400;
  // Published with 56.25 % cached: 73.7k tokens a second with them, 73.7k × 0.4375 without.
  expect(prefillNodes(fleetOn("h800", "CN"), 0.5625)).toBeCloseTo(inputDays / 73_700, 6);
  expect(prefillNodes(fleetOn("h800", "CN"), 0)).toBeCloseTo(inputDays / (73_700 * 0.4375), 6);
  // Published with nothing cached.
  expect(prefillNodes(fleetOn("h100-sxm", "US"), 0)).toBeCloseTo(inputDays / 52_300, 6);
  expect(prefillNodes(fleetOn("h100-sxm", "US"), 0.75)).toBeCloseTo(inputDays / 52_300 / 4, 6);

  const speedAt = (share: number) => {
    const fleet = fleetOn("h100-sxm", "US");
    const plan = planBuyOrOwn({
      ...fleet,
      outputShare: given(0.5),
      tokensPerDay: given(50e9),
      cachedShare: given(share),
      prices: { currency: "USD", input: "0.5", cachedInput: "0.1", output: 2, source: "a vendor" },
    });
    return plan.sheet.evaluate().of(plan.sheet.find("speed of a node")) as number;
  };
  // An amount and a supply take the mix's share, too, whatever the speed was measured with.
  const speedOf = (make: typeof planPower, accelerator: string, share: number) => {
    const fleet = { ...fleetOn(accelerator, "US"), outputShare: given(0.5), cachedShare: given(share) };
    const plan = make({ ...fleet, watts: given(1e9), availability: given(1) });
    return plan.sheet.evaluate().of(plan.sheet.find("speed of a node")) as number;
  };
  const planAmount: typeof planPower = (fleet) =>
    planCapital({ ...fleet, capital: { ...given(1e9), currency: "USD" }, years: given(3) });
  for (const make of [planPower, planAmount]) {
    expect(speedOf(make, "h100-sxm", 0.5)).toBeCloseTo(1 / (0.25 / 52_300 + 0.5 / 22_300), 6);
    expect(speedOf(make, "h800", 0)).toBeCloseTo(1 / (0.5 / (73_700 * 0.4375) + 0.5 / 14_800), 6);
  }
  expect(speedAt(0)).toBeCloseTo(1 / (0.5 / 52_300 + 0.5 / 22_300), 6);
  expect(speedAt(0.5)).toBeCloseTo(1 / (0.25 / 52_300 + 0.5 / 22_300), 6);
});

describe.each(Object.entries(plans))("%s", (_name, make) => {
  test("every breakdown adds up exactly, at likely values and at every end of every assumption", () => {
    const { sheet, breakdowns } = make();
    expect(breakdowns.length).toBeGreaterThan(0);
    const ends = sheet.assumptions.flatMap((moved) =>
      (["low", "high"] as const).map((end) =>
        sheet.evaluate((assumption) => assumption.spread[assumption === moved ? end : "likely"]),
      ),
    );
    for (const values of [sheet.evaluate(), ...ends])
      for (const { total, parts } of breakdowns) {
        const [sum, ...added] = [total, ...parts].map((name) => values.of(sheet.find(name)));
        const isMoney = typeof sum === "bigint";
        const addedUp = isMoney
          ? added.reduce((all: bigint, part) => all + (part as bigint), 0n)
          : added.reduce((all: number, part) => all + (part as number), 0);
        expect(addedUp as typeof sum).toBe(sum);
      }
  });

  test("an explanation of every result reaches assumptions that have a source", () => {
    const plan = make();
    const reached = new Set<string>();
    const visit = ({ cell, inputs, isRepeated }: Explanation) => {
      if (cell.kind === "assumption") {
        expect(cell.source, cell.name).not.toBe("");
        reached.add(cell.name);
      } else {
        expect(cell.formula, cell.name).not.toBe("");
        expect(isRepeated || inputs.length > 0, cell.name).toBe(true);
      }
      inputs.forEach(visit);
    };
    for (const cell of resultCells(plan).values()) visit(explain(plan.sheet, cell));
    expect(reached.size).toBeGreaterThan(5);
  });

  test("ranges hold the likely value, and no assumption is without use", () => {
    const plan = make();
    const cells = [...resultCells(plan).values()];
    const values = plan.sheet.evaluate();
    for (const [cell, { low, high }] of findRanges(plan.sheet, cells, { seed: 3, samples: 200 })) {
      expect(low, cell.name).toBeLessThanOrEqual(values.of(cell));
      expect(high, cell.name).toBeGreaterThanOrEqual(values.of(cell));
    }
    const moving = new Set(
      cells.flatMap((cell) => findSensitivity(plan.sheet, cell)).map((found) => found.assumption.name),
    );
    expect(
      plan.sheet.assumptions.filter(({ name, spread }) => spread.low !== spread.high && !moving.has(name)),
    ).toEqual([]);
  });
});

test("380 billion yuan are 52.44 billion dollars, in a plan of either currency", () => {
  const input = { ...fleetOn("h800", "CN"), capital: { ...given("380000000000"), currency: "CNY" }, years: given(3) };
  expect((resultsOf(planCapital({ ...input, currency: "CNY" }))["capital_usd"]! / 1e9).toFixed(2)).toBe("52.44");
  const inDollars = resultsOf(planCapital(input));
  expect((inDollars["capital"]! / 1e9).toFixed(2)).toBe("52.44");
  expect(inDollars["capital_usd"]).toBeUndefined();
  const told = { ...input.capital, currency: "USD" };
  expect(resultsOf(planCapital({ ...input, currency: "CNY", capital: told }))).toMatchObject({
    capital: 380e9 * 7.2464,
    capital_usd: 380e9,
  });
});

test("more capital never buys fewer tokens, nodes or megawatts, and what is left over buys no further node", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100_000_000, max: 2_000_000_000 }),
      fc.integer({ min: 0, max: 1_000_000_000 }),
      fc.constantFrom(...sites.map(({ id }) => id)),
      (amount, more, site) => {
        const [less, greater] = [amount, amount + more].map((amount) => resultsOf(capitalOf(amount, site))) as [
          Record<string, number>,
          Record<string, number>,
        ];
        for (const key of ["nodes", "tokens_per_day", "megawatts", "power_watts"])
          expect(greater[key]).toBeGreaterThanOrEqual(less[key]!);
        const { sheet } = capitalOf(amount, site);
        const values = sheet.evaluate();
        expect(values.of(sheet.find("capital left over"))).toBeLessThan(values.of(sheet.find("spending for a node")));
        expect(values.of(sheet.find("capital left over"))).toBeGreaterThanOrEqual(0n);
      },
    ),
    { seed: 21, numRuns: 60 },
  );
});

test("a supply of power is not exceeded by nodes at full power with cooling, and another node would exceed it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1e6, max: 2e9 }), (watts) => {
      const { nodes, megawatts } = resultsOf(powerOf(watts)) as { nodes: number; megawatts: number };
      expect(megawatts * 1e6).toBeLessThanOrEqual(watts);
      expect((megawatts / nodes) * (nodes + 1) * 1e6).toBeGreaterThan(watts);
    }),
    { seed: 21, numRuns: 60 },
  );
});

test("a reactor serves less than a grid by its availability, and its electricity has less CO2", () => {
  const input = { ...fleetOn("h800", "CN"), watts: given(1e9), availability: given(1) };
  const grid = resultsOf(planPower(input));
  const site = atReactor(input.site);
  const own = resultsOf(planPower({ ...input, site, availability: reactorAvailabilityOf(site) }));
  expect(own["nodes"]).toBe(grid["nodes"]);
  expect(own["tokens_per_day"]! / grid["tokens_per_day"]!).toBeCloseTo(0.88, 9);
  expect(own["co2_grams_per_million_tokens"]!).toBeLessThan(grid["co2_grams_per_million_tokens"]! / 20);
});

test("at the break-even's tokens a day owning costs what buying costs", () => {
  const plan = buyOrOwn(200e9);
  const found = resultsOf(plan);
  expect(found["saving_per_year"]).toBeGreaterThan(0);
  // As many nodes as before, at the break-even's utilisation.
  plan.sheet.set("tokens a day", found["break_even_tokens_per_day"]!);
  plan.sheet.set("most utilisation", found["break_even_utilisation_percent"]! / 100 + 1e-9);
  const even = resultsOf(plan);
  expect(even["nodes"]).toBe(found["nodes"]);
  expect(Math.abs(even["saving_per_year"]! / even["own_cost_per_year"]!)).toBeLessThan(1e-5);
  expect(even["own_cost_per_million_tokens"]! / even["buy_cost_per_million_tokens"]!).toBeCloseTo(1, 5);
});

test("where power alone costs more than the vendor asks, owning never breaks even", () => {
  const plan = buyOrOwn(1e9);
  for (const name of ["price of uncached input", "price of cached input", "price of output"])
    plan.sheet.set(name, "0.0001");
  expect(resultsOf(plan)["break_even_utilisation_percent"]).toBe(1_000_000);
});

test("assumptions that no plan can be made of are refused with the figure that they spoil", () => {
  const spoilt = (name: string, value: number) => {
    const { sheet } = planDemand(ownedDay);
    sheet.set(name, value);
    return () => sheet.evaluate();
  };
  expect(spoilt("utilisation", 0)).toThrow(
    "Cannot calculate nodes owned: the result is Infinity; look at nodes at work, utilisation",
  );
  expect(spoilt("power usage effectiveness", 1e12)).toThrow("Cannot calculate average power: a part of it is ");
  expect(() => spoilt("utilisation", 1.5)).toThrow('found "1.5", allowed is a number from 0 to 1');
});

test("two plans side by side: ratios of results, and only the assumptions that differ", () => {
  const same = comparePlans(capitalOf(1e9), capitalOf(1e9));
  expect(same.assumptions).toEqual([]);
  expect(new Set(same.results.map(({ ratio }) => ratio))).toEqual(new Set([1]));
  const { results, assumptions } = comparePlans(capitalOf(1e9), capitalOf(1e9, "FR"));
  expect(assumptions.map(({ name }) => name).toSorted()).toEqual([
    "CO2 of a kilowatt-hour",
    "power price",
    "power usage effectiveness",
    "price of construction",
  ]);
  expect(results.find(({ key }) => key === "co2_grams_per_million_tokens")!.ratio).toBeCloseTo(56 / 582, 1);
  // The same day in two currencies costs the same.
  const inDollars = planDemand(ownedDay);
  const mixed = comparePlans(planDemand({ ...ownedDay, currency: "CNY" }), inDollars, ownedDay.rates);
  expect(mixed.results.find(({ key }) => key === "cost")!.ratio).toBeCloseTo(1, 9);
  expect(mixed.results.every(({ isUnlike }) => !isUnlike)).toBe(true);
  expect(mixed.exchange).toMatchObject({ from: "USD", to: "CNY", rate: 7.2464, date: "2025-02-24" });
  expect(() => comparePlans(inDollars, planDemand({ ...ownedDay, currency: "CNY" }), [])).toThrow(
    "no exchange rate leads from one to the other",
  );
});
