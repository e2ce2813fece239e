export { deepseekMix } from "./add-serving.ts";
export type { TokenPrices } from "./add-token-prices.ts";
export { planBuyOrOwn } from "./buy-or-own.ts";
export { planCapital } from "./capital.ts";
export { comparePlans, type ComparedResult, type Comparison } from "./compare.ts";
export { planDemand, type DemandInput } from "./demand.ts";
export type { FleetInput } from "./fleet-input.ts";
export { resultCells, type Plan } from "./plan.ts";
export { planPower } from "./power.ts";
