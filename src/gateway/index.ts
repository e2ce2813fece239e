export { createGateway } from "./gateway.ts";
export { InFlight } from "./in-flight.ts";
export { createGatewayMetrics } from "./metrics.ts";
export { errorResponse } from "./respond.ts";
export { buildSnapshot, type Snapshot } from "./snapshot.ts";
