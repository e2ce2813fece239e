export { costOf, type Occasion } from "./cost-of.ts";
export { explainCost, type CostExplanation } from "./explain-cost.ts";
export {
  areWholePrice,
  canPrice,
  canPriceText,
  feeNames,
  hasFeeFor,
  hasTokenRates,
  isFeeName,
  isForText,
} from "./fees.ts";
export { holidayCountries } from "./holidays.ts";
export { keepPrice, parseKeptPrice } from "./keep-price.ts";
export { parseCharge, parsePrice, parsePrices } from "./parse-price.ts";
export { convert, parseRates, ratePlaces, type RateTable } from "./rates.ts";
export { worstCostOf, type WorstUsage } from "./worst-cost.ts";
export { factorOne, freePrice, freePrices, priceAt, type Charge, type DatedPrices, type Price } from "./price.ts";
