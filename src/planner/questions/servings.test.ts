import { expect, test } from "bun:test";
import {
  accelerators,
  commonRates,
  finance,
  findAccelerator,
  findHost,
  findSite,
  hosts,
  servingFigures,
  type Accelerator,
  type Host,
  type ServingFigure,
} from "../data/index.ts";
import { keptBytes, knownModelIds, readKnownModel, weightBytesAt, type Precision } from "../models/index.ts";
import { findRanges, PlanFault, type Told } from "../sheet/index.ts";
import {
  bestPlan,
  deepseekMix,
  planBuyOrOwn,
  planCapital,
  planDemand,
  planPower,
  resultCells,
  servingsOf,
  smallerServingsOf,
  type Plan,
} from "./index.ts";

const given = (value: number): Told => ({ low: value, likely: value, high: value, source: "given" });
const deepseek = readKnownModel("deepseek-v3").profile;
const waysOn = (accelerator: string, precision?: Precision) =>
  servingsOf(deepseek, findAccelerator(accelerator), { count: findHost(accelerator).count, precision });
const groupsOn = (accelerator: string) => waysOn(accelerator).map(({ group }) => group.nodes);
/** Of input, the tokens that are computed. */
const speeds = ({ prefill, decode, cachedShare = 0 }: ServingFigure) => [
  Number(prefill.likely) * (1 - cachedShare),
  Number(decode.likely),
];

test("a published speed is of as many nodes as it was measured on; fewer are as slow or slower", () => {
  expect(groupsOn("h800")).toEqual([22, 8, 2]);
  expect(groupsOn("h100-sxm")).toEqual([12, 8, 2]);
  // 671 GB of weights in 8 × 141 GB.
  expect(groupsOn("h200")).toEqual([8, 1]);
  expect(groupsOn("mi300x")).toEqual([8, 1]);
  for (const { id } of accelerators.filter(({ linkBytesPerSecond }) => linkBytesPerSecond > 100e9)) {
    const ways = waysOn(id).map(speeds);
    for (const [place, [prefill = 0, decode = 0]] of ways.slice(1).entries()) {
      expect(prefill).toBeLessThanOrEqual(ways[place]![0]!);
      expect(decode).toBeLessThanOrEqual(ways[place]![1]!);
    }
  }
});

test("published groups hold the weights that they serve", () => {
  for (const { model, accelerator, count, group, precision } of servingFigures) {
    const bytes = weightBytesAt(readKnownModel(model).profile, precision);
    expect(group.nodes * count * findAccelerator(accelerator).memoryBytes * 0.9).toBeGreaterThan(bytes);
  }
});

test("a precision that is asked for finds what was published in it", () => {
  expect(waysOn("h100-sxm", "fp8")[0]?.id).toBe("deepseek-v3-h100");
  expect(waysOn("ascend-910c", "int8")[0]?.id).toBe("deepseek-v3-910c");
  expect(waysOn("h100-sxm", "bf16")[0]?.note).toContain("none is published for DeepSeek-V3 in bf16 on h100-sxm");
});

test("what was not measured says so, and has a wider range that never exceeds the roofline", () => {
  const width = ({ decode }: ServingFigure) => Number(decode.high) / Number(decode.low);
  const [h200, mi300x] = [waysOn("h200")[0]!, waysOn("mi300x")[0]!];
  expect(width(mi300x)).toBeGreaterThan(1.5 * width(h200));
  expect(mi300x.decode.source).toContain("not measured on mi300x: efficiencies are those of h100-sxm");
  expect(h200.decode.source).not.toContain("not measured");
});

test("a fleet spreads a large mixture of experts, about as fast as is published", () => {
  const [published, spread] = waysOn("h100-sxm").map(speeds) as [number[], number[]];
  expect(spread[0]! / published[0]!).toBeGreaterThan(0.75);
  expect(spread[1]! / published[1]!).toBeGreaterThan(0.75);
});

const prices = { currency: "USD", input: "0.5", cachedInput: "0.1", output: 2, source: "a vendor" };
const amounts = [5e4, 2e5, 4.5e5, 8e5, 9e5, 1.3e6, 2e6, 3.3e6, 4e6, 6e6, 9e6, 1.2e7, 3e7, 1e9];

/** Every eleventh of all models, hardware and precisions; the next run of CI takes the same. */
function* somePlaces() {
  let place = 0;
  for (const id of knownModelIds())
    for (const accelerator of accelerators)
      for (const host of hosts.filter((one) => one.accelerators.includes(accelerator.id)))
        for (const precision of [undefined, "bf16", "fp8", "int4"] as const)
          if (place++ % 11 === 0) yield { model: readKnownModel(id).profile, accelerator, host, precision };
}

test("over models, hardware and precisions: whole groups that hold the model, sane speeds, sums that add up, more for more", () => {
  let plans = 0;
  for (const { model, accelerator, host, precision } of somePlaces()) {
    const asked = { count: host.count, precision };
    const servings = noneOrRefused(() => servingsOf(model, accelerator, asked)) ?? [];
    if (servings.length === 0) continue;
    const smaller = () => smallerServingsOf(model, accelerator, asked, servings.at(-1)!);
    for (const serving of [...servings, ...smaller()]) expectSane(serving, accelerator, host);
    const fleet = {
      currency: "USD",
      accelerator,
      host,
      site: findSite("US"),
      finance,
      rates: commonRates,
      ...deepseekMix,
    };
    const planOf = (make: (serving: ServingFigure) => Plan) =>
      noneOrRefused(() => bestPlan({ servings, smaller }, (serving) => () => make(serving))());
    const demand = { inputTokens: given(1e9), cachedShare: given(0.5), outputTokens: given(3e8), prices };
    const made = [
      planOf((serving) => planDemand({ ...fleet, serving, ...demand })),
      planOf((serving) => planDemand({ ...fleet, serving, ...demand, rent: { ...given(2), currency: "USD" } })),
      planOf((serving) => planPower({ ...fleet, serving, watts: given(3e7), availability: given(1) })),
      planOf((serving) =>
        planBuyOrOwn({ ...fleet, serving, tokensPerDay: given(1e9), cachedShare: given(0.5), prices }),
      ),
    ];
    let tokensBefore = 0;
    for (const amount of amounts) {
      const capital = { ...given(amount), currency: "USD" };
      const plan = planOf((serving) => planCapital({ ...fleet, serving, capital, years: given(3) }));
      const tokens = plan ? likelyOf(plan, "tokens a day") : 0;
      expect(tokens).toBeGreaterThanOrEqual(tokensBefore);
      tokensBefore = tokens;
      if (amount === 6e6) made.push(plan);
    }
    expect(tokensBefore).toBeGreaterThan(0);
    for (const plan of made.filter((one) => one !== undefined)) expectSound(plan);
    plans += made.length;
  }
  expect(plans).toBeGreaterThan(500);
});

const likelyOf = (plan: Plan, name: string) => Number(plan.sheet.evaluate().of(plan.sheet.find(name)));

function expectSane(serving: ServingFigure, accelerator: Accelerator, { count }: Host): void {
  const { precision, group, prefill, decode, cachedShare = 0 } = serving;
  const model = readKnownModel(serving.model).profile;
  const where = `${serving.id} in ${precision}`;
  for (const { low, likely, high } of [prefill, decode]) {
    expect(Number(low), where).toBeGreaterThanOrEqual(1);
    expect(Number(low) <= Number(likely) && Number(likely) <= Number(high), where).toBe(true);
  }
  // Two operations for each weight at work; of a prompt, only the last token needs scores.
  const at = accelerator.flopsPerSecond;
  const flops = count * (at[precision] ?? at.bf16 ?? 0);
  const withoutScores = model.activeParameters - model.vocabulary * model.hidden;
  expect(Number(prefill.high) * (1 - cachedShare), where).toBeLessThanOrEqual(flops / (2 * withoutScores) + 1);
  expect(Number(decode.high), where).toBeLessThanOrEqual(flops / (2 * model.activeParameters) + 1);
  const context = Math.min(2500, model.contextTokensMax ?? 2500);
  expect(group.nodes * count * accelerator.memoryBytes * 0.9, where).toBeGreaterThanOrEqual(
    weightBytesAt(model, precision) + keptBytes(model, context, 2),
  );
}

function expectSound(plan: Plan): void {
  const { sheet, breakdowns, title } = plan;
  const values = sheet.evaluate();
  const cells = resultCells(plan);
  const mayBeNegative = /saving|margin|profit/u;
  for (const [key, cell] of cells) {
    const value = cell.unit.toNumber(values.of(cell));
    expect(Number.isFinite(value) && (value >= 0 || mayBeNegative.test(key)), `${title}: ${key} is ${value}`).toBe(
      true,
    );
  }
  for (const [cell, { low, high }] of findRanges(sheet, [...cells.values()], { seed: 21, samples: 10 }))
    expect(low <= high && Number.isFinite(cell.unit.toNumber(high)), `${title}: ${cell.name}`).toBe(true);
  for (const { total, parts } of breakdowns) {
    const of = (name: string) => values.of(sheet.find(name));
    const [first, ...rest] = parts.map(of);
    const sum = rest.reduce(
      (all: number | bigint, part) => (all as number) + (part as number),
      first as number | bigint,
    );
    expect(sum as ReturnType<typeof of>).toBe(of(total));
  }
  expect(
    likelyOf(plan, cells.has("nodes_owned") ? "nodes owned" : (cells.get("nodes_rented")?.name ?? "nodes")),
  ).toBeGreaterThanOrEqual(likelyOf(plan, "nodes that serve together"));
}

function noneOrRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof PlanFault) return undefined;
    throw cause;
  }
}
