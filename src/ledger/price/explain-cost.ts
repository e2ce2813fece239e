import type { Nano } from "../../base/money.ts";
import type { Usage } from "../../call/index.ts";
import { answerRate, costOf, restOf, termsFor, type Occasion, type PriceFactor } from "./cost-of.ts";
import { feeLinesOf } from "./fees.ts";
import type { Price } from "./price.ts";

/** What was counted under one name, and what so many of it cost. */
export interface CostLine {
  what: string;
  count: number;
  /** For `per` of the count. */
  rate: Nano;
  per: number;
}

/** How a cost came about: the factors are on the lines of tokens, and no fee. */
export interface CostExplanation {
  currency: string;
  lines: CostLine[];
  factors: PriceFactor[];
}

/**
 * How a price makes this cost of what was used. Records do not say which service tier served a request, whether it was one of a batch
 * and whether it thought uncounted, so each is tried; undefined where the price makes another cost: it has changed since, or depends on
 * what is not recorded.
 */
export function explainCost(usage: Usage, price: Price, { cost, timeMs }: { cost: Nano; timeMs: number }) {
  const candidates: [Usage, Occasion][] = [
    [usage, { timeMs }],
    [usage, { timeMs, isBatch: true }],
    [{ ...usage, hasThoughts: true }, { timeMs }],
    ...Object.keys(price.serviceTiers ?? {}).map((serviceTier): [Usage, Occasion] => [
      { ...usage, serviceTier },
      { timeMs },
    ]),
  ];
  const found = candidates.find(([used, occasion]) => costOf(used, price, occasion) === cost);
  return found && explain(found[0], price, found[1]);
}

const million = 1_000_000;

function explain(usage: Usage, price: Price, occasion: Occasion): CostExplanation {
  const { rates, factors } = termsFor(usage, price, occasion);
  const { fresh, answer, reasoning } = restOf(usage);
  const tokens: [string, number, Nano][] = [
    ["input", fresh, rates.input],
    ["cached_input", usage.cachedInputTokens, rates.cachedInput],
    ["cache_write", usage.cacheWriteTokens, rates.cacheWrite],
    ["output", answer, answerRate(usage, rates)],
    ["reasoning", reasoning, rates.reasoning],
  ];
  const fees = price.fees ? feeLinesOf(price.fees, usage.counts) : [];
  const lines = [
    ...tokens.map(([what, count, rate]) => ({ what, count, rate, per: million })),
    ...fees.map(({ name, fee, count, size }) => ({ what: name, count, rate: fee, per: Number(size) })),
  ];
  return { currency: price.currency, lines: lines.filter(({ count }) => count > 0), factors };
}
