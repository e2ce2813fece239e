export { createGateway } from "./gateway.ts";
export type { ClientConnection } from "./exchange.ts";
export { InFlight } from "./in-flight.ts";
export { createGatewayMetrics, renderMetrics, type MetricValues } from "./metrics.ts";
export { errorResponse } from "./respond.ts";
