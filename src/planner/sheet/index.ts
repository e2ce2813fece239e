export type { Assumption, Cell, Figure, Spread, ValueOf } from "./cell.ts";
export { enterMoney, type ToldMoney, type ToldRate } from "./enter-money.ts";
export { convertAt, convertBack, impliedRate, parseRate, type Rate } from "./exchange.ts";
export { explain, type Explanation } from "./explain.ts";
export {
  affordable,
  costOfCount,
  costOfEach,
  costOfYear,
  costOverYears,
  lessMoney,
  moneyRatio,
  noMoney,
  priceOfEach,
  priceOfPart,
  scaleMoney,
  sumMoney,
  type Money,
} from "./money.ts";
export { PlanFault } from "./plan-fault.ts";
export * from "./quantity.ts";
export { findRanges, type RangeOptions } from "./ranges.ts";
export { findSensitivity, type Sensitivity } from "./sensitivity.ts";
export { Sheet, type Given, type Told, type Values } from "./sheet.ts";
export { exchangeUnit, moneyUnit, physicalUnit, units, type Unit, type Value } from "./unit.ts";
