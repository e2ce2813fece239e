export { hitCeiling, repeatTrace, scaleRate, type Trace } from "./trace.ts";
export { readTrace } from "./read-trace.ts";
export { replicasFor, type LatencyGoal, type ReplicasFound, type Tried } from "./replicas-for.ts";
export { serverKindOf, type ServingOptions } from "./server-kind-of.ts";
export type { ServerKind } from "./server-kind.ts";
export { simulate } from "./simulate.ts";
export type { Quantiles, Shares, SimulationResult } from "./simulation-result.ts";
export type { SimulationOptions } from "./simulation.ts";
