export { costOf } from "./cost-of.ts";
export { canPrice, hasFeeFor } from "./fees.ts";
export { parsePrice, parsePrices } from "./parse-price.ts";
export { freePrice, freePrices, priceAt, type DatedPrices, type Price } from "./price.ts";
