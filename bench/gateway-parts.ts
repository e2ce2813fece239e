import type { Lineup, Measured } from "./lineup.ts";
import { measureBudgets } from "./measure-budgets.ts";
import { measureConsole } from "./measure-console.ts";
import { measureDialects } from "./measure-dialects.ts";
import { measureLatency } from "./measure-latency.ts";
import { measureMemory } from "./measure-memory.ts";
import { measureReport } from "./measure-report.ts";
import { measureStreams } from "./measure-streams.ts";
import { measureLarge, measureSmall } from "./measure-throughput.ts";
import { measureTls } from "./measure-tls.ts";
import { measureTranslated } from "./measure-translated.ts";
import type { GatewayPart } from "./part.ts";

/** Every part that needs a running Sahab, in the order in which they run. */
export const gatewayParts: Record<GatewayPart, (lineup: Lineup) => Promise<Measured>> = {
  small: measureSmall,
  large: measureLarge,
  budgets: measureBudgets,
  latency: measureLatency,
  tls: measureTls,
  translated: measureTranslated,
  dialects: measureDialects,
  streams: measureStreams,
  report: measureReport,
  console: measureConsole,
  memory: measureMemory,
};
