import { seriesName, type MetricValues } from "../base/metric-values.ts";
import type { GatewayMetrics } from "../gateway/index.ts";
import type { Journal, JournalDrain, StoreThread } from "../ledger/index.ts";
import type { ReplicaStates } from "../router/index.ts";
import type { BudgetMetrics } from "./budget-metrics.ts";
import { readProcess, type EventLoopLag } from "./process-metrics.ts";
import type { ServerCertificate } from "./tls/index.ts";

interface ServingMetricsDeps {
  gateway: GatewayMetrics;
  journal: Journal;
  drain: JournalDrain;
  store: StoreThread;
  states: ReplicaStates;
  lag: EventLoopLag;
  storeAnswers: () => boolean;
  certificate: ServerCertificate | undefined;
  /** Undefined where another process tells them. */
  budgets: BudgetMetrics | undefined;
}

/** All numbers of one serving process. Never rejects. */
export async function readServingMetrics(deps: ServingMetricsDeps): Promise<MetricValues> {
  const { journal, drain, certificate } = deps;
  const { bytes, ageMs } = drain.lag;
  const values: MetricValues = {
    ...deps.gateway.read(),
    ...readProcess(),
    sahab_workers: 1,
    sahab_journal_lag_bytes: bytes,
    sahab_journal_lag_seconds: ageMs / 1000,
    sahab_journal_faulty: journal.fault ? 1 : 0,
    sahab_journal_refused_records: journal.keptLines.length,
    sahab_store_up: deps.storeAnswers() ? 1 : 0,
    sahab_store_calls_waiting: deps.store.waiting,
  };
  deps.lag.readInto(values);
  if (drain.lastTakenMs !== undefined) values["sahab_store_last_write_timestamp_seconds"] = drain.lastTakenMs / 1000;
  if (certificate) values["sahab_tls_certificate_expiry_timestamp_seconds"] = certificate.expiresMs / 1000;
  for (const [provider, count] of deps.states.countResting(performance.now()))
    values[seriesName("sahab_replicas_resting", { provider })] = count;
  if (deps.budgets) Object.assign(values, await deps.budgets.read());
  return values;
}
