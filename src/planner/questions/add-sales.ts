import {
  costOfCount,
  lessMoney,
  millionsOf,
  moneyRatio,
  moneyUnit,
  percent,
  quantity,
  times,
  units,
  type Cell,
  type Money,
  type Quantity,
  type Sheet,
  type ToldRate,
} from "../sheet/index.ts";
import { addTokenPrices, type TokenPrices } from "./add-token-prices.ts";
import type { Plan } from "./plan.ts";

/** Tokens of a day that are sold. */
export interface SoldTokens {
  fresh: Cell<Quantity<"token/day">>;
  cached: Cell<Quantity<"token/day">>;
  output: Cell<Quantity<"token/day">>;
}

/** Adds what a day's tokens earn, and the margin over what they cost. */
export function addSales(
  sheet: Sheet,
  prices: TokenPrices,
  rates: readonly ToldRate[],
  tokens: SoldTokens,
  cost: Cell<Money>,
): Pick<Plan, "results" | "breakdowns"> {
  const money = moneyUnit(sheet.currency);
  const price = addTokenPrices(sheet, prices, rates);
  const soldAt = (name: string, sold: Cell<Quantity<"token/day">>, price: Cell<Money<"million tokens">>) =>
    sheet.figure(name, money, `${sold.name} × ${price.name}`, { sold, price }, ({ sold, price }) =>
      costOfCount(price, millionsOf(times(sold, quantity(1, "day")))),
    );
  const parts = [
    soldAt("revenue of cached input a day", tokens.cached, price.cached),
    soldAt("revenue of uncached input a day", tokens.fresh, price.fresh),
    soldAt("revenue of output a day", tokens.output, price.output),
  ];
  const revenue = sheet.sum("revenue a day", money, parts);
  const margin = sheet.figure(
    "cost profit margin",
    units.percent,
    "(revenue a day − cost a day) ÷ cost a day",
    { revenue, cost },
    ({ revenue, cost }) => percent(moneyRatio(lessMoney(revenue, cost), cost)),
  );
  return {
    results: [
      { key: "revenue", figure: revenue.name },
      { key: "cost_profit_margin_percent", figure: margin.name },
    ],
    breakdowns: [{ total: revenue.name, parts: parts.map((part) => part.name) }],
  };
}
