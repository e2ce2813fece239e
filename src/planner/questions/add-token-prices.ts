import { enterMoney, type Cell, type Given, type Money, type Sheet, type ToldRate } from "../sheet/index.ts";

/** What tokens are sold or bought for, for a million. */
export interface TokenPrices {
  currency: string;
  input: Given;
  /** `input` where nothing else is told. */
  cachedInput?: Given | undefined;
  output: Given;
  source: string;
  date?: string | undefined;
}

export interface TokenPriceCells {
  fresh: Cell<Money<"million tokens">>;
  cached: Cell<Money<"million tokens">>;
  output: Cell<Money<"million tokens">>;
}

export function addTokenPrices(sheet: Sheet, prices: TokenPrices, rates: readonly ToldRate[]): TokenPriceCells {
  const { currency, source, date } = prices;
  const enter = (name: string, price: Given) =>
    enterMoney(
      sheet,
      name,
      { low: price, likely: price, high: price, currency, source, date },
      rates,
      "million tokens",
    );
  return {
    fresh: enter("price of uncached input", prices.input),
    cached: enter("price of cached input", prices.cachedInput ?? prices.input),
    output: enter("price of output", prices.output),
  };
}
