import { hostname } from "node:os";
import { join } from "node:path";
import { createAdmin, createAdmit, isSignIn, type RotatedAdminKey } from "../admin/index.ts";
import type { AddressLimit } from "../base/address-limit.ts";
import type { AddressRanges } from "../base/address-ranges.ts";
import { must } from "../base/assert.ts";
import { createCacheTagger } from "../base/cache-tags.ts";
import { systemClock } from "../base/clock.ts";
import { describeDatabase } from "../base/database-address.ts";
import type { Environment, TlsFiles } from "../base/environment.ts";
import { SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { readMasterKeys, type MasterKeyPlace } from "../base/master-key.ts";
import type { MetricValues } from "../base/metric-values.ts";
import type { SecretSources } from "../base/secret-sources.ts";
import type { ProxySettings } from "../base/proxy-address.ts";
import { Refusals } from "../base/refusals.ts";
import {
  buildSnapshot,
  describeContentLogs,
  describeInsecure,
  describeMissing,
  describeReplaced,
  describeReserved,
  findForbidden,
  localProvider,
  ReferencedSecrets,
  referencesOf,
  type CloudConfig,
  type EnvironmentProviders,
  type Snapshot,
} from "../config/index.ts";
import { Console, isConsolePath } from "../console/index.ts";
import { BodyThread } from "../dialect/aside/index.ts";
import { dialects } from "../dialect/registry.ts";
import { createEngineUpstream, EngineClient } from "../engine/index.ts";
import { doorPath, engineSocketPath, type FleetStatus } from "../fleet/index.ts";
import {
  Admission,
  Alerts,
  answerError,
  ContentLog,
  answerOptions,
  answerPreflight,
  createGateway,
  createGatewayMetrics,
  createProviderTest,
  failUnfinished,
  FileShelf,
  InFlight,
  KeptReasoning,
  openToOrigins,
  StoredAnswers,
  type RequestLog,
} from "../gateway/index.ts";
import {
  answerByFetch,
  explainKeyFault,
  headerLine,
  listenHttp,
  noHeaders,
  presentedKey,
  type HttpRequest,
  type HttpServer,
  type ServerTls,
} from "../http/index.ts";
import {
  forgetHolder,
  HoldFile,
  Journal,
  JournalDrain,
  KeyRing,
  readBalance,
  RefusalNotes,
  sessionIdleMs,
  Sessions,
  Teller,
  type StoreThread,
} from "../ledger/index.ts";
import { ReplicaStates } from "../router/index.ts";
import { Catalog, ImageFetcher, type Provider } from "../vendor/index.ts";
import { readAdminKey, type AdminKeyPlace } from "./admin-key.ts";
import { createHostCheck, isFromHere } from "./allowed-hosts.ts";
import { BudgetMetrics } from "./budget-metrics.ts";
import { CurrentConfig } from "./current-config.ts";
import { createConfigProbe } from "./probe-config.ts";
import { StartError, type DataFolder } from "./data-folder.ts";
import { encodeRefusal } from "./encode-refusal.ts";
import {
  dialectOf,
  hostNotAllowed,
  isForOperators,
  isNamedHere,
  isProbe,
  notServed,
  otherMethods,
} from "./other-paths.ts";
import { isServedAs, serveAs } from "./serve-as.ts";
import { EventLoopLag } from "./process-metrics.ts";
import { readServingMetrics } from "./serving-metrics.ts";
import { ServerCertificate } from "./tls/index.ts";
import { UsageRetention } from "./usage-retention.ts";
import { version } from "./version.ts";

/** How long requests under way may take to end once a stop is asked for. */
export const drainGraceMs = 25_000;

/**
 * A configuration or key that another process or machine has changed is noticed after this time at the latest, and taken over within two seconds.
 * One statement each time.
 */
const pollMs = 1_000;
/** How often it is noted when keys were last used. A crash forgets what was not noted yet. */
const noteKeyUsesMs = 60_000;
/** Between two such calls the store answers others; one takes about 10 ms. */
const keyUsesPerCall = 500;
/** How often what has expired is deleted; one process does it for all. */
const sweepMs = 60_000;
/** Alerts are remembered for so long after their windows, as meters are: late records may still come from a journal. */
const alertsKeptMs = 40 * 24 * 3_600_000;
/** A key or a link. */
const signInBytesMax = 4 * 1024;
/** The least time that connections have to close once all is answered. */
const connectionsCloseMs = 2_000;

/** What a serving process asks of the whole of Sahab: itself, or the process that started it and its siblings. */
export interface Whole {
  changed(): Promise<void>;
  engines(): Promise<FleetStatus>;
  /** Prometheus text over all processes. */
  metrics(): Promise<string>;
  drainJournals(): Promise<void>;
  /** Returns how many secrets were sealed anew. */
  rotateMasterKey(): Promise<number>;
  /** See admin-key.ts. */
  rotateAdminKey(overlapMs: number): Promise<RotatedAdminKey>;
}

export interface ServingOptions {
  host: string;
  port: number;
  adminKey: AdminKeyPlace;
  /** See Environment. */
  adminAddresses: AddressLimit | undefined;
  masterKey: MasterKeyPlace;
  folder: DataFolder;
  /** Names this process's journal among its siblings'. */
  index: number;
  /** Names this process among all that share the store. */
  process: string;
  reusePort: boolean;
  /** Wall time when Sahab started, not this process of several. */
  startedMs: number;
  /** Processes that share the port. */
  workers: number;
  /** See Environment. */
  database: Environment["database"];
  tls: TlsFiles | undefined;
  /** The environment's proxies. */
  proxies: ProxySettings;
  /** See Environment. */
  trustedProxies: AddressRanges;
  allowedHosts: readonly string[] | undefined;
  /** Where models may come from, as the machine's owner says. */
  modelSources: Environment["modelSources"];
  /** See Environment. */
  mediaHosts: string;
  secretSources: SecretSources;
  /** Vendors whose keys are in the environment. */
  environmentProviders: EnvironmentProviders;
}

/** One process that serves: gateway, admin API and probes on one port. */
export interface Serving {
  port: number;
  reload(): Promise<void>;
  metrics(): Promise<MetricValues>;
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
  const isAllowedHost = createHostCheck(options.host, options.allowedHosts);
  const keys = new KeyRing(
    { store, clock: systemClock, refusals },
    { adminKey: readAdminKey(options.adminKey), adminAddresses: options.adminAddresses },
  );
  const metrics = createGatewayMetrics({
    requestsInFlight: () => inFlight.size,
    refusals,
    answers,
    keyName: (id) => keys.nameOf(id),
  });
  const { adminAddresses } = options;
  if (options.index === 0 && adminAddresses && !adminAddresses.includes("127.0.0.1") && !adminAddresses.includes("::1"))
    log.warn(
      "SAHAB_ADMIN_ADDRESSES does not have this machine itself (127.0.0.1, ::1), so the command line cannot administer Sahab from here",
    );
  if (options.index === 0) tellEnvironment(log, options.environmentProviders);
  const catalog = new Catalog(folder.catalogFile, (fault) => log.warn(fault));
  const engines = new Map<string, EngineClient>();

  const engineFor = (name: string): EngineClient => {
    let client = engines.get(name);
    if (!client) {
      client = new EngineClient({
        name,
        socketPath: engineSocketPath(folder.socketDir, name),
        doorPath: doorPath(folder.socketDir),
      });
      engines.set(name, client);
    }
    return client;
  };
  const cacheTagger = createCacheTagger(must(readMasterKeys(options.masterKey)[0], "there is a master key"));
  let current: CurrentConfig | undefined;
  let isBehind = false;
  const takeSecrets = () => {
    isBehind = current === undefined;
    current?.refresh().catch((error: unknown) => log.error({ err: error }, "changed secrets could not be taken over"));
  };
  const secrets = new ReferencedSecrets({
    sources: options.secretSources,
    log,
    onChanged: takeSecrets,
  });
  const renewSecrets = async (provider: Provider): Promise<Provider | undefined> => {
    await secrets.renew(provider.secretReferences);
    await current?.settled();
    const renewed = current?.snapshot.providers?.get(provider.id);
    return renewed === provider || renewed?.lacksSecret ? undefined : renewed;
  };
  const images = new ImageFetcher({ hosts: options.mediaHosts, proxies: options.proxies });
  let warnedOf: CloudConfig | undefined;
  const snapshotOf = (next: CloudConfig, { valueOf }: Pick<ReferencedSecrets, "valueOf">, before?: Snapshot) =>
    buildSnapshot(
      {
        dialects,
        localUpstream: (model) => createEngineUpstream(engineFor(model)),
        network: { proxies: options.proxies, log, cacheTagger, renewSecrets, images },
        secrets: { valueOf, sources: options.secretSources },
        catalog,
        environment: options.environmentProviders,
      },
      next,
      before,
    );
  const takeOver = async (next: CloudConfig, before: Snapshot | undefined): Promise<Snapshot> => {
    if (next !== warnedOf)
      for (const warning of [
        ...describeInsecure(next),
        ...describeContentLogs(next),
        ...next.providers.flatMap(describeReserved),
        ...findForbidden(next, options.secretSources),
        ...describeMissing(next, options.environmentProviders),
        ...describeReplaced(next, options.environmentProviders, catalog),
      ])
        log.warn(warning);
    warnedOf = next;
    await secrets.load(allReferences(next));
    return snapshotOf(next, { valueOf: (reference) => secrets.valueOf(reference) }, before);
  };
  const config = await CurrentConfig.read(store, takeOver);
  current = config;
  if (isBehind) takeSecrets();
  // An admin key that cannot be read now is read as soon as it can be; until then the one before is good.
  let isAdminKeyRead = true;
  const readAdminKeyAnew = () => {
    try {
      keys.replaceAdminKey(readAdminKey(options.adminKey));
      isAdminKeyRead = true;
    } catch (error) {
      if (isAdminKeyRead) log.error({ err: error }, "the admin key cannot be read; it stays as it was last seen");
      isAdminKeyRead = false;
    }
  };
  const reload = async () => {
    readAdminKeyAnew();
    const isCatalogNew = catalog.reload();
    await config.reload();
    if (isCatalogNew) await config.refresh();
    keys.forget();
    for (const [name, client] of engines) {
      if (config.snapshot.models.get(name)?.targets.some(({ provider }) => provider === localProvider)) continue;
      engines.delete(name);
      client.close();
    }
  };

  const holds = new HoldFile(journal.dir);
  const teller = new Teller(
    { store, clock: systemClock, log },
    { holder: holds.id, place: `${hostname()}/${process}` },
  );
  const alerts = new Alerts(
    { store, clock: systemClock, log, hooks: () => config.snapshot.alerts ?? [] },
    { proxies: options.proxies },
  );
  teller.onNews = (meter) => alerts.note(meter);
  const refused = new RefusalNotes({ store, log });
  const shelf = new FileShelf({ store, clock: systemClock, log }, { dir: folder.filesDir });
  const contentLog = new ContentLog(
    { log, snapshot: () => config.snapshot, dataKey: () => store.fileKey() },
    { dir: folder.contentDir, index: options.index },
  );
  let storeAnswers = true;
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
    admission: new Admission({ teller, holds, snapshot: () => config.snapshot }),
    readBalance: async (caller) => {
      const accounts = config.snapshot.accounts?.get(caller.project);
      return accounts && readBalance(store, caller, accounts, systemClock.now());
    },
    noteRefusal: (refusal) => refused.note(refusal),
    log,
    snapshot: () => config.snapshot,
  });
  const ending = new AbortController();
  const testing = { journal, metrics, inFlight, log, catalog };
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
    snapshot: () => config.snapshot,
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
    changed: () => whole.changed(),
    engines: () => whole.engines(),
    drain: () => whole.drainJournals(),
    stopping: ending.signal,
    rotateMasterKey: () => whole.rotateMasterKey(),
    rotateAdminKey: (overlapMs) => whole.rotateAdminKey(overlapMs),
    testAlerts: () => alerts.test(),
    testProvider: createProviderTest({ ...testing, snapshot: () => config.snapshot }),
    probeConfig: createConfigProbe(testing, async (next) => {
      const own = new ReferencedSecrets({ sources: options.secretSources, log, onChanged: () => undefined });
      await own.load(allReferences(next));
      return {
        snapshot: snapshotOf(next, { valueOf: (reference) => own.valueOf(reference) }),
        close: () => own.close(),
      };
    }),
  });

  const noteRefused = (refused: {
    id: string;
    operation: string;
    error: SahabError;
    startedMs: number;
    request: HttpRequest;
  }) => {
    const { id, operation, error, startedMs, request } = refused;
    const client = request.address.text;
    const durationMs = performance.now() - startedMs;
    requestLog?.noteRefused({ id, operation, status: error.status, error, client, durationMs });
  };
  let stopping = false;
  const answerText = (request: HttpRequest, status: number, text: string, type = "text/plain; charset=utf-8") =>
    request.answer(status, headerLine("content-type", type), text);
  const authenticateScraper = async (request: HttpRequest): Promise<void> => {
    const { role, keyId, project } = await keys.authenticate(presentedKey(request.headers), request.address.text);
    if (role !== "user") return;
    refusals.note("metrics_key", { keyId, project, address: request.address.text });
    throw new SahabError(
      "forbidden",
      "This key may call models, not read /metrics; send a key of role admin, or one made by: sahab key create NAME --role metrics",
    );
  };
  const webConsole = new Console();
  const answerAside = async (request: HttpRequest): Promise<void> => {
    const { method, path } = request;
    const methods = otherMethods(path);
    if (isProbe(request)) {
      request.answer(404, noHeaders, "");
      return;
    }
    if (isNamedHere(path) && !isAllowedHost(request.headers.host)) {
      refusals.note("host", { address: request.address.text });
      throw hostNotAllowed(request.headers.host);
    }
    if (methods && method === "OPTIONS") answerOptions(request, methods.join(", "));
    else if (methods && !methods.includes(method)) {
      // The platform's Request takes a method that it does not know for GET.
      request.addHeaders(headerLine("allow", `${methods.join(", ")}, OPTIONS`));
      throw new SahabError("method_not_allowed", `${method} is not allowed for ${path}; use ${methods.join(", ")}`);
    } else if (path === "/healthz") answerText(request, 200, "ok\n");
    else if (path === "/readyz") {
      const problem = stopping
        ? "shutting down"
        : (journal.fault?.message ?? (storeAnswers ? undefined : "the database does not answer"));
      answerText(request, problem ? 503 : 200, `${problem ?? "ok"}\n`);
    } else if (path === "/metrics") {
      if (!isFromHere(request, options.host)) await authenticateScraper(request);
      answerText(request, 200, await whole.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    } else if (isServedAs(path)) await serveAs({ admit, gateway, snapshot: () => config.snapshot }, request);
    else if (path.startsWith("/admin/v1/"))
      await answerByFetch(
        request,
        admin,
        // Nobody is known there yet.
        isSignIn(method, path) ? signInBytesMax : limits.requestBodyBytesMax,
      );
    else if (method === "GET" && isConsolePath(path)) await webConsole.answer(request);
    else {
      const origins = isForOperators(path) ? undefined : config.snapshot.origins;
      // Without a preflight that succeeds, no page could read which path is right.
      if (origins && answerPreflight(request, "GET, HEAD, POST", origins)) return;
      if (origins) openToOrigins(request, origins);
      throw notServed(request, options.tls !== undefined);
    }
  };
  const handle = (request: HttpRequest): void => {
    if (gateway.handle(request)) return;
    const startedMs = performance.now();
    answerAside(request).catch((thrown: unknown) => {
      const kind = isServedAs(request.path) ? "admin" : "client";
      const error = explainKeyFault(toSahabError(thrown), request.headers, { kind });
      const id = newId("req");
      noteRefused({ id, operation: request.path === "/metrics" ? "metrics" : "", error, startedMs, request });
      if (error.code === "internal_error")
        log.error({ err: thrown, request: id }, "a request failed outside its handler");
      answerError(request, dialectOf(request.path, request.headers), error, id);
    });
  };

  const certificate = options.tls && new ServerCertificate(options.tls, log);
  const lag = new EventLoopLag();
  const budgets =
    options.index === 0
      ? new BudgetMetrics({ store, clock: systemClock, accounts: () => config.snapshot.accounts })
      : undefined;
  const server = listen({ handle, refusals }, { ...options, tls: certificate });
  // Timers start only now: a start that fails must leave nothing that keeps the process alive.
  let isPolling = false;
  const poll = setInterval(() => {
    if (!isAdminKeyRead) readAdminKeyAnew();
    // A store that does not answer is waited for longer than that.
    if (isPolling) return;
    isPolling = true;
    void (async () => {
      try {
        if (catalog.isStale || (await config.isStale())) await reload();
        storeAnswers = true;
      } catch (error) {
        if (storeAnswers)
          log.error({ err: error }, "the store does not answer; keys and configuration stay as they were last seen");
        storeAnswers = false;
      } finally {
        isPolling = false;
      }
    })();
  }, pollMs);
  certificate?.run();
  secrets.run();
  const noteKeyUses = async () => {
    const uses = keys.takeUses();
    try {
      for (let at = 0; at < uses.length; at += keyUsesPerCall)
        await store.noteKeyUses(uses.slice(at, at + keyUsesPerCall));
    } catch (error) {
      log.warn({ err: error }, "when keys were last used could not be noted");
    }
  };
  const noteTimer = setInterval(() => void noteKeyUses(), noteKeyUsesMs);
  const sweep = setInterval(() => {
    if (options.index !== 0) return;
    try {
      contentLog.sweep(systemClock.now());
    } catch (error) {
      log.warn({ err: error, folder: folder.contentDir }, "old prompts and answers could not be deleted");
    }
    store
      .sweepKept(systemClock.now(), [...reasoning.bounds, ...answers.bounds])
      .then(() => gateway.sweepFiling())
      .then(() => store.sweepAccounts(systemClock.now()))
      .then(() => store.sweepAlerts(systemClock.now() - alertsKeptMs))
      .then(() => store.sweepConversations(systemClock.now()))
      .then(() => store.sweepSessions(systemClock.now(), systemClock.now() - sessionIdleMs))
      .catch((error: unknown) => log.warn({ err: error }, "what has expired could not be deleted"));
  }, sweepMs);
  const retention = new UsageRetention(
    { store, log, clock: systemClock, usageDays: () => config.snapshot.usageDays },
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
    reload,
    metrics: () =>
      readServingMetrics({
        gateway: metrics,
        journal,
        drain,
        store,
        states,
        lag,
        storeAnswers: () => storeAnswers,
        certificate,
        budgets,
      }),
    drainJournal: () => drain.drain(),
    renewCertificate: () => certificate?.renew(),
    async stop(graceMs) {
      stopping = true;
      ending.abort();
      clearInterval(poll);
      lag.close();
      certificate?.close();
      secrets.close();
      clearInterval(noteTimer);
      clearInterval(sweep);
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
      for (const client of engines.values()) client.close();
      await contentLog.close();
      await journal.close();
      // The last place where what the disk does not take can be kept: a line holds counts and names, and nothing of a prompt.
      for (const line of journal.keptLines)
        log.error({ record: line.trimEnd() }, "a usage record could not be written");
      await alerts.stop();
      await teller.stop();
      if ((await drain.stop()) && journal.keptLines.length === 0) await closeHolder(store, holds.id, journal.dir, log);
      // A stop waits for a database that does not answer once, not twice.
      if (storeAnswers) await noteKeyUses();
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

/** Opens the port, or throws a StartError that says why not. */
export function listen(
  deps: { handle(request: HttpRequest): void; refusals: Refusals },
  options: Pick<ServingOptions, "host" | "port" | "reusePort" | "trustedProxies"> & { tls?: ServerTls | undefined },
): HttpServer {
  try {
    return listenHttp({ ...deps, refuse: encodeRefusal }, options);
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === "EADDRINUSE")
      throw new StartError(
        `Port ${options.port} on ${options.host} is in use; stop what listens there, or name another with SAHAB_PORT`,
        { cause },
      );
    throw new StartError(
      `Cannot listen on ${options.host}:${options.port} (${code ?? String(cause)}); look at SAHAB_HOST and SAHAB_PORT`,
      { cause },
    );
  }
}

/** What the secrets of a configuration refer to. */
function allReferences({ providers }: CloudConfig): string[] {
  return providers.flatMap((provider) => referencesOf(provider).map(([, reference]) => reference));
}
