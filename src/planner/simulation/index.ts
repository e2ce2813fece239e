export { dayOfTrace } from "./day-of-trace.ts";
export { repeatTrace, scaleRate, type Trace } from "./trace.ts";
export { planSimulation, type SimulationPlan } from "./plan-simulation.ts";
export { readTrace } from "./read-trace.ts";
export { replicasFor, type LatencyGoal } from "./replicas-for.ts";
export { serverKindOf } from "./server-kind-of.ts";
export { simulate } from "./simulate.ts";
export type { Quantiles } from "./simulation-result.ts";
