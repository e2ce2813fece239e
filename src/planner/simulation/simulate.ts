import { Simulation } from "./simulation.ts";
import type { SimulationOptions } from "./simulation.ts";
import { summarise, type SimulationResult } from "./simulation-result.ts";
import type { ServerKind } from "./server-kind.ts";
import type { Trace } from "./trace.ts";

/** Replays a trace through the router to so many replicas of a kind. The same seed gives the same result. */
export function simulate(trace: Trace, kind: ServerKind, options: SimulationOptions): SimulationResult {
  return summarise(trace, kind, new Simulation(trace, kind, options).run());
}
