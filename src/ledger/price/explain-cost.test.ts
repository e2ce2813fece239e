import { expect, test } from "bun:test";
import fc from "fast-check";
import { divideHalfEven } from "../../base/money.ts";
import type { Usage } from "../../call/index.ts";
import { costOf, explainCost, factorOne, parsePrice, type CostExplanation } from "./index.ts";

const rates = { currency: "USD", input: 3, cached_input: 0.3, cache_write: 3.75, output: 15 };
const usage = { inputTokens: 100, cachedInputTokens: 64, cacheWriteTokens: 10, outputTokens: 12, reasoningTokens: 5 };

/** What the lines and factors come to. */
function sumOf({ lines, factors }: CostExplanation): bigint {
  const scale = 3_600n * 1_000_000n;
  const sumWhere = (isFee: boolean) =>
    lines
      .filter(({ per }) => isFee === (per !== 1_000_000))
      .reduce((sum, { count, rate, per }) => sum + (BigInt(count) * rate * scale) / BigInt(per), 0n);
  const factor = factors.reduce((product, one) => product * one.factor, 1n);
  const unit = factorOne ** BigInt(factors.length);
  return divideHalfEven(sumWhere(false) * factor + sumWhere(true) * unit, scale * unit);
}

test("a cost is told by what was counted and its rates, and nothing that was not counted", () => {
  const price = parsePrice({ ...rates, fees: { request: 0.001, minute: 0.06, image: 1 } });
  const counted = { ...usage, counts: { second: 30 } };
  const cost = costOf(counted, price, { timeMs: 0 });
  const explained = explainCost(counted, price, { cost, timeMs: 0 });
  expect(explained?.lines.map(({ what, count, per }) => [what, count, per])).toEqual([
    ["input", 26, 1_000_000],
    ["cached_input", 64, 1_000_000],
    ["cache_write", 10, 1_000_000],
    ["output", 7, 1_000_000],
    ["reasoning", 5, 1_000_000],
    ["request", 1, 1],
    ["minute", 30, 60],
  ]);
  expect(explained && sumOf(explained)).toBe(cost);
});

test("what records do not say is found out: a batch, a service tier, thoughts; another price is none", () => {
  const price = parsePrice({
    ...rates,
    batch: 0.5,
    thinking_output: 30,
    service_tiers: { flex: { factor: 0.6 } },
  });
  const thoughtless = { ...usage, reasoningTokens: 0 };
  const explain = (used: Usage, occasion: { isBatch?: boolean } = {}) => {
    const cost = costOf(used, price, { timeMs: 0, ...occasion });
    const explained = explainCost(thoughtless, price, { cost, timeMs: 0 });
    expect(explained && sumOf(explained)).toBe(cost);
    return explained?.factors.map(({ why }) => why);
  };
  expect(explain(thoughtless)).toEqual([]);
  expect(explain(thoughtless, { isBatch: true })).toEqual(["batch"]);
  expect(explain({ ...thoughtless, serviceTier: "flex" })).toEqual(["service_tier"]);
  expect(explain({ ...thoughtless, hasThoughts: true })).toEqual([]);
  expect(explainCost(thoughtless, price, { cost: 1n, timeMs: 0 })).toBeUndefined();
});

test("the lines come to the cost, whatever was used", () => {
  const count = fc.nat(1_000_000);
  fc.assert(
    fc.property(
      count,
      count,
      count,
      count,
      count,
      fc.nat(3_600),
      (input, cached, written, output, reasoning, second) => {
        const used = {
          inputTokens: input,
          cachedInputTokens: cached,
          cacheWriteTokens: written,
          outputTokens: output,
          reasoningTokens: reasoning,
          counts: { second },
        };
        const price = parsePrice({ ...rates, tiers: [{ above: 1_000, input: 6, output: 20 }], fees: { hour: 0.7 } });
        const cost = costOf(used, price, { timeMs: 0 });
        const explained = explainCost(used, price, { cost, timeMs: 0 });
        expect(explained && sumOf(explained)).toBe(cost);
      },
    ),
  );
});
