export { repeatTrace, scaleRate, type Trace } from "./trace.ts";
export { readTrace } from "./read-trace.ts";
export { replicasFor, type LatencyGoal } from "./replicas-for.ts";
export { serverKindOf } from "./server-kind-of.ts";
export { simulate } from "./simulate.ts";
export type { Quantiles, SimulationResult } from "./simulation-result.ts";
