import { hostname } from "node:os";
import { join } from "node:path";
import { createAdmin, createAdmit, Pulls, servedProviders, type PullView } from "../admin/index.ts";
import { systemClock } from "../base/clock.ts";
import { describeDatabase } from "../base/database-address.ts";
import type { Log } from "../base/log.ts";
import type { MetricValues } from "../base/metric-values.ts";
import { Refusals } from "../base/refusals.ts";
import type { EnvironmentProviders } from "../config/index.ts";
import { BodyThread } from "../dialect/aside/index.ts";
import { dialects } from "../dialect/registry.ts";
import {
  Admission,
  Alerts,
  ContentLog,
  createGateway,
  createGatewayMetrics,
  createProviderTest,
  failUnfinished,
  FileShelf,
  InFlight,
  KeptReasoning,
  StoredAnswers,
  type RequestLog,
} from "../gateway/index.ts";
import {
  forgetHolder,
  HoldFile,
  Journal,
  JournalDrain,
  KeyRing,
  readBalance,
  RefusalNotes,
  Sessions,
  Teller,
  type StoreThread,
} from "../ledger/index.ts";
import { ReplicaStates } from "../router/index.ts";
import { readAdminKey } from "./admin-key.ts";
import { BudgetMetrics } from "./budget-metrics.ts";
import { createConfigProbe, createProviderTrial } from "./probe-config.ts";
import { EventLoopLag } from "./process-metrics.ts";
import { readServingMetrics } from "./serving-metrics.ts";
import { checkHealth, type HealthDeps } from "./health/check-health.ts";
import { keptAnswer } from "./health/kept-answer.ts";
import { ServerCertificate } from "./tls/index.ts";
import { UsageRetention } from "./usage-retention.ts";
import { version } from "./version.ts";
import { createHandler } from "./handle-request.ts";
import { Housekeeping } from "./housekeeping.ts";
import { listen } from "./listen.ts";
import { openServedConfig } from "./served-config.ts";
import type { ServingOptions, Whole } from "./serving-options.ts";

/** How long requests under way may take to end once a stop is asked for. */
export const drainGraceMs = 25_000;

/** The least time that connections have to close once all is answered. */
const connectionsCloseMs = 2_000;
/** Each open page of health asks again and again, and a look asks all processes, the store and the disk. */
const healthKeptMs = 10_000;

/** One process that serves: gateway, admin API and probes on one port. */
export interface Serving {
  port: number;
  reload(): Promise<void>;
  metrics(): Promise<MetricValues>;
  /** Of this process alone. */
  pulls(): Promise<PullView[]>;
  cancelPull(id: string): Promise<PullView | undefined>;
  drainJournal(): Promise<void>;
  /** Reads the TLS files now. */
  renewCertificate(): void;
  /** Stops accepting, lets requests end within the time, makes journal and store whole. */
  stop(graceMs: number): Promise<void>;
}

/** Once for all processes. */
function tellEnvironment(log: Log, { providers, warnings }: EnvironmentProviders): void {
  for (const warning of warnings) log.warn(warning);
  for (const { name, api_keys: keys } of providers)
    log.info(
      { provider: name, keys: keys?.length ?? 1 },
      "a vendor's key is in the environment, so its models are there",
    );
}

export async function startServing(
  deps: { store: StoreThread; log: Log; whole: Whole; requestLog?: RequestLog },
  options: ServingOptions,
): Promise<Serving> {
  const { store, log, whole, requestLog } = deps;
  const { folder } = options;
  const journal = new Journal(join(folder.journalDir, String(options.index)));
  const drain = new JournalDrain({ journal, store, log });
  const refusals = new Refusals(log, { hasRequestLog: requestLog?.isOn === true });
  const inFlight = new InFlight({ refusals });
  const bodies = new BodyThread({ log });
  const reasoning = new KeptReasoning({ store, log, clock: systemClock });
  // What this process was working on when it crashed.
  const { process } = options;
  await failUnfinished(store, process);
  await store.releaseBatches(process);
  const answers = new StoredAnswers({ store, log, clock: systemClock }, { process });
  const keys = new KeyRing(
    { store, clock: systemClock, refusals },
    { adminKey: readAdminKey(options.adminKey), adminAddresses: options.adminAddresses },
  );
  const keyName = (id: string) => keys.nameOf(id);
  const metrics = createGatewayMetrics({
    requestsInFlight: () => inFlight.size,
    refusals,
    answers,
    keyName,
  });
  const { adminAddresses } = options;
  if (options.index === 0 && adminAddresses && !adminAddresses.includes("127.0.0.1") && !adminAddresses.includes("::1"))
    log.warn(
      "SAHAB_ADMIN_ADDRESSES does not have this machine itself (127.0.0.1, ::1), so the command line cannot administer Sahab from here",
    );
  if (options.index === 0) tellEnvironment(log, options.environmentProviders);
  const served = await openServedConfig({ store, keys, log }, options);
  const { catalog, snapshot } = served;

  const holds = new HoldFile(journal.dir);
  const teller = new Teller(
    { store, clock: systemClock, log, keyName },
    { holder: holds.id, place: `${hostname()}/${process}` },
  );
  const alerts = new Alerts(
    { store, clock: systemClock, log, hooks: () => snapshot().alerts ?? [], keyName },
    { proxies: options.proxies },
  );
  teller.onNews = (meter) => alerts.note(meter);
  const refused = new RefusalNotes({ store, log });
  const shelf = new FileShelf({ store, clock: systemClock, log }, { dir: folder.filesDir });
  const contentLog = new ContentLog(
    { log, snapshot, dataKey: () => store.fileKey() },
    { dir: folder.contentDir, index: options.index },
  );
  const states = new ReplicaStates();
  const gateway = createGateway({
    dialects,
    keys,
    journal,
    metrics,
    inFlight,
    states,
    bodies,
    reasoning,
    answers,
    requestLog,
    contentLog,
    filing: { shelf, store, clock: systemClock, process },
    admission: new Admission({ teller, holds, snapshot }),
    readBalance: async (caller) => {
      const accounts = snapshot().accounts?.get(caller.project);
      return accounts && readBalance(store, caller, accounts, systemClock.now());
    },
    noteRefusal: (refusal) => refused.note(refusal),
    log,
    snapshot,
  });
  const ending = new AbortController();
  const pulls = new Pulls({ log, stopping: ending.signal });
  const testing = { journal, metrics, inFlight, log, catalog };
  const healthDeps: HealthDeps = {
    store,
    clock: systemClock,
    engines: () => whole.engines(),
    failed: () => states.failed(performance.now()),
    faults: () => servedProviders(snapshot()).flatMap(({ name, fault }) => (fault === null ? [] : [{ name, fault }])),
    catalog,
    journal: () => ({
      lag_bytes: drain.lag.bytes,
      lag_seconds: Math.round(drain.lag.ageMs / 100) / 10,
      fault: journal.fault?.message ?? null,
      kept_records: journal.keptLines.length,
    }),
  };
  const sessions = new Sessions({ store, keys, clock: systemClock });
  const isTls = options.tls !== undefined;
  const admit = createAdmit({ keys, sessions }, { isTls });
  const admin = createAdmin({
    store,
    keys,
    sessions,
    admit,
    isTls,
    catalog: { catalog, file: folder.catalogFile },
    environmentProviders: options.environmentProviders,
    snapshot,
    clock: systemClock,
    log,
    secretSources: options.secretSources,
    sources: { ...options.modelSources, modelsDir: folder.modelsDir, proxies: options.proxies, isOwner: false },
    version,
    content: contentLog,
    noteRefused: (refused) => requestLog?.noteRefused({ ...refused, operation: "admin" }),
    process: {
      startedMs: options.startedMs,
      workers: options.workers,
      dataDir: folder.path,
      database: options.database ? describeDatabase(options.database) : folder.database,
    },
    resting: () => states.resting(performance.now()),
    failed: () => states.failed(performance.now()),
    attempts: () => inFlight.countAttempts(),
    changed: () => whole.changed(),
    engines: () => whole.engines(),
    setLoaded: (name, isLoaded) => whole.setLoaded({ name, isLoaded }),
    drain: () => whole.drainJournals(),
    noteKeyUses: () => housekeeping.noteKeyUses(),
    stopping: ending.signal,
    pulls,
    allPulls: () => whole.pulls(),
    cancelPull: (id) => whole.cancelPull(id),
    rotateMasterKey: () => whole.rotateMasterKey(),
    rotateAdminKey: (overlapMs) => whole.rotateAdminKey(overlapMs),
    testAlerts: () => alerts.test(),
    testProvider: createProviderTest({ ...testing, snapshot }),
    probeConfig: createConfigProbe(testing, (next) => served.build(next)),
    tryProvider: createProviderTrial(testing, (next) => served.build(next)),
    health: keptAnswer(() => checkHealth(healthDeps, options.settings), { clock: systemClock, keptMs: healthKeptMs }),
    startedWith: {
      host: options.host,
      port: options.port,
      tls: isTls,
      workers: options.workers,
      allowed_hosts: options.allowedHosts ? [...options.allowedHosts] : null,
      data_folder: folder.path,
      database: options.database ? describeDatabase(options.database) : folder.database,
      config_file: options.settings.configFile ?? null,
      variables: options.variableNames,
    },
  });

  let stopping = false;
  const housekeeping = new Housekeeping(
    { store, keys, log, served, snapshot, contentLog, reasoning, answers, gateway },
    { contentDir: folder.contentDir, sweeps: options.index === 0 },
  );
  const problem = () => {
    if (stopping) return "shutting down";
    return journal.fault?.message ?? (housekeeping.storeAnswers ? undefined : "the database does not answer");
  };
  const handle = createHandler(
    { gateway, admin, admit, keys, refusals, requestLog, log, snapshot, metrics: () => whole.metrics(), problem },
    options,
  );

  const certificate = options.tls && new ServerCertificate(options.tls, log);
  const lag = new EventLoopLag();
  const budgets =
    options.index === 0
      ? new BudgetMetrics({ store, clock: systemClock, accounts: () => snapshot().accounts })
      : undefined;
  const server = listen({ handle, refusals }, { ...options, tls: certificate });
  // Timers start only now: a start that fails must leave nothing that keeps the process alive.
  certificate?.run();
  served.run();
  housekeeping.run();
  const retention = new UsageRetention(
    { store, log, clock: systemClock, usageDays: () => snapshot().usageDays },
    { dir: folder.exportsDir },
  );
  if (options.index === 0) retention.run();
  journal.run();
  drain.run();
  inFlight.run();
  gateway.batches.run();
  refused.run();
  alerts.run();
  lag.run();

  return {
    port: server.port,
    reload: () => served.reload(),
    metrics: () =>
      readServingMetrics({
        gateway: metrics,
        journal,
        drain,
        store,
        states,
        lag,
        storeAnswers: () => housekeeping.storeAnswers,
        certificate,
        budgets,
      }),
    pulls: () => Promise.resolve(pulls.list()),
    cancelPull: (id) => Promise.resolve(pulls.cancel(id)),
    drainJournal: () => drain.drain(),
    renewCertificate: () => certificate?.renew(),
    async stop(graceMs) {
      stopping = true;
      ending.abort();
      housekeeping.stop();
      lag.close();
      certificate?.close();
      served.stop();
      retention.stop();
      const deadlineMs = performance.now() + graceMs;
      const closed = server.drain();
      await gateway.background.stop();
      await gateway.batches.stop();
      await inFlight.drain(graceMs);
      await gateway.background.stopped();
      await gateway.batches.stopped();
      // What has been answered may still be on its way to a slow reader.
      await Promise.race([closed, Bun.sleep(Math.max(connectionsCloseMs, deadlineMs - performance.now()))]);
      server.close();
      bodies.close();
      served.closeEngines();
      await contentLog.close();
      await journal.close();
      // The last place where what the disk does not take can be kept: a line holds counts and names, and nothing of a prompt.
      for (const line of journal.keptLines)
        log.error({ record: line.trimEnd() }, "a usage record could not be written");
      await alerts.stop();
      await teller.stop();
      if ((await drain.stop()) && journal.keptLines.length === 0) await closeHolder(store, holds.id, journal.dir, log);
      // A stop waits for a database that does not answer once, not twice.
      if (housekeeping.storeAnswers) await housekeeping.noteKeyUses();
      await refused.stop();
      requestLog?.close();
    },
  };
}

/** Ends this life in the store, which has all of its records. What is left undone here, the recovery at the next start does. */
async function closeHolder(store: StoreThread, id: string, dir: string, log: Log): Promise<void> {
  try {
    await store.closeHolder(id, []);
    forgetHolder(dir);
  } catch (error) {
    log.warn({ err: error }, "leases of budgets could not be given back; the next start does it");
  }
}
