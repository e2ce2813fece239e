export type { Assumption, Cell, Figure } from "./cell.ts";
export { enterMoney, showIn, type ToldMoney, type ToldRate } from "./enter-money.ts";
export { convertAt, convertBack, impliedRate, parseRate } from "./exchange.ts";
export { explain, type Explanation } from "./explain.ts";
export {
  affordable,
  costOfCount,
  costOfEach,
  costOfYear,
  costOverYears,
  lessMoney,
  moneyRatio,
  priceOfEach,
  priceOfPart,
  scaleMoney,
  sumMoney,
  type Money,
} from "./money.ts";
export { PlanFault } from "./plan-fault.ts";
export * from "./quantity.ts";
export { findRanges } from "./ranges.ts";
export { findSensitivity } from "./sensitivity.ts";
export { Sheet, type Given, type Told, type Values } from "./sheet.ts";
export { moneyUnit, physicalUnit, units, type Value } from "./unit.ts";
