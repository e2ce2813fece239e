import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { applyConfig, type PullView } from "../admin/index.ts";
import { isLoopback } from "../base/address-ranges.ts";
import { systemClock } from "../base/clock.ts";
import { adminKeyPrefix } from "../base/describe-key.ts";
import { describeReadFault } from "../base/describe-read-fault.ts";
import { describeDatabase, type DatabaseAddress } from "../base/database-address.ts";
import { renderMetrics, seriesName, type MetricValues } from "../base/metric-values.ts";
import { wrongMasterKey } from "../base/seal.ts";
import { refuseWrongProxies, type Environment } from "../base/environment.ts";
import { showList } from "../base/show-list.ts";
import { showResource } from "../base/show-resource.ts";
import { SahabError } from "../base/errors.ts";
import type { SecretSources } from "../base/secret-sources.ts";
import type { Log } from "../base/log.ts";
import {
  CloudConfigError,
  parseCloudConfig,
  readCaFiles,
  decodeYamlText,
  locatorFor,
  readCloudYaml,
  Managers,
  readConfig,
  resolveVariables,
  writeConfig,
} from "../config/index.ts";
import { builtInFile, LocalFleet, placeBuiltInModel, type ModelSources } from "../fleet/index.ts";
import { cleanFiles, failUnfinished } from "../gateway/index.ts";
import {
  addSignInLink,
  adminKeyId,
  checkDatabase,
  createSignInLink,
  describeDoubts,
  hashKey,
  openStoreThread,
  type Store,
  type StoreThread,
} from "../ledger/index.ts";
import { Catalog } from "../vendor/index.ts";
import { signInAddress } from "../base/sign-in-address.ts";
import { adminKeyPlace, readAdminKey, rotateAdminKey } from "./admin-key.ts";
import { checkAccess, keyFile, lockDataFolder, openDataFolder, StartError, type DataFolder } from "./data-folder.ts";
import { finishRotation, masterKeyPlace, rotateMasterKey } from "./master-key.ts";
import { readDisk, readProcess } from "./process-metrics.ts";
import { drainGraceMs, startServing, type Serving } from "./serving.ts";
import { optionsOf, type Whole } from "./serving-options.ts";
import { logFlushMs, type ServerLog } from "./server-log.ts";
import { ServerCertificate } from "./tls/index.ts";
import { processName, storeLocation, type ServerStore } from "./store-location.ts";
import { readCommit, version } from "./version.ts";
import { processStartedMs } from "./running-process.ts";
import { startWorkers } from "./workers.ts";

export interface Running {
  address: string;
  /** Where state is, as it may be shown. */
  database: string;
  folder: DataFolder;
  adminKey: string;
  /** The admin key was created now: this is the first start in this data folder. */
  adminKeyCreated: boolean;
  /** Models that can be called, local ones first. */
  models: { name: string; isBuiltIn: boolean }[];
  /** Makes a link to the console that signs in once, within ten minutes, with the admin key that is in no store. */
  createSignInLink(): Promise<string>;
  /** Reads the TLS files now. */
  renewCertificate(): void;
  /** Ends in order: requests, journal, store, engines. */
  stop(): Promise<void>;
}

/** Starts all of Sahab on this machine. Throws a StartError for what the operator can correct. */
export async function startSahab(
  environment: Environment,
  logs: ServerLog,
  variables: Record<string, string | undefined>,
): Promise<Running> {
  const { log } = logs;
  refuseWrongProxies(environment.proxies);
  // Files created from here on are readable by their owner only; SQLite and the engine set no mode themselves.
  process.umask(0o077);
  // Before anything is opened: what is wrong with the files is then told once, however many workers read them.
  if (environment.tls) new ServerCertificate(environment.tls, log);
  if (!environment.tls && !isLoopback(environment.host))
    log.warn(
      { host: environment.host },
      "keys, prompts and answers can be read on the way: this address is open to other machines without TLS. Set SAHAB_TLS_CERT and SAHAB_TLS_KEY, or put a proxy with TLS in front",
    );
  const folder = openDataFolder(environment.dataDir);
  const unlock = lockDataFolder(folder);
  if (environment.masterKey === undefined) keyFile(folder, "master.key", "");
  const master = masterKeyPlace(environment, folder.path);
  const location = storeLocation(environment, folder, master);
  const store = await openStore(folder, location, log);
  try {
    const recovered = await store.recoverJournals(folder.journalDir).catch((cause: unknown) => {
      throw new StartError(
        `Cannot recover the journal in ${folder.journalDir}: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    });
    if (recovered.records + recovered.interrupted > 0)
      log.info(recovered, "recovered records from the journal of the last run");
    const cut = await failUnfinished(store);
    if (cut > 0) log.info({ answers: cut }, "answers in the background were cut by the end of the last run");
    await store.releaseBatches();
    const cleaned = await cleanFiles(store, folder.filesDir);
    if (cleaned.removed + cleaned.lost > 0) log.info(cleaned, "removed files that nobody knows, and forgot lost ones");
    await seed(store, folder);
    if (environment.configFile !== undefined) {
      // Whoever sets the environment is the machine's owner.
      const { modelsDir } = folder;
      const sources = { ...environment.modelSources, modelsDir, proxies: environment.proxies, isOwner: true };
      const { configFile, secretSources } = environment;
      const catalog = { catalog: new Catalog(folder.catalogFile) };
      await applyFile({ store, sources, secretSources, log, catalog }, configFile, variables);
    }
    // As late as can be: the start that makes it is the one that shows it.
    const admin =
      environment.adminKey === undefined
        ? keyFile(folder, "admin.key", adminKeyPrefix)
        : { key: environment.adminKey, created: false };
    try {
      return await startAll({
        environment,
        variables,
        logs,
        folder,
        store,
        adminKey: admin.key,
        adminKeyCreated: admin.created,
        location,
        unlock,
      });
    } catch (error) {
      // Nobody has seen it, and the next start is to show it.
      if (admin.created) rmSync(folder.adminKeyFile, { force: true });
      throw error;
    }
  } catch (error) {
    await store.close();
    unlock();
    throw error;
  }
}

interface Parts {
  environment: Environment;
  variables: Record<string, string | undefined>;
  logs: ServerLog;
  folder: DataFolder;
  store: StoreThread;
  adminKey: string;
  adminKeyCreated: boolean;
  location: ServerStore;
  unlock: () => void;
}

async function startAll(parts: Parts): Promise<Running> {
  const { environment, logs, folder, store } = parts;
  const { log } = logs;
  const fleet = new LocalFleet({ log }, { ...folder, sandbox: environment.engineSandbox });
  // Engines load while the port opens; requests for them wait.
  const config = await readConfig(store);
  fleet.reconcile(config);
  let servings: {
    reload(): Promise<unknown>;
    metrics(): Promise<MetricValues>;
    pulls(): Promise<PullView[]>;
    cancelPull(id: string): Promise<PullView | undefined>;
    drainJournal(): Promise<unknown>;
    renewCertificate(): unknown;
    stop(graceMs: number): Promise<void>;
  }[] = [];
  const adminKey = adminKeyPlace(environment, folder);
  const buildInfo = seriesName("sahab_build_info", { version, commit: readCommit(), bun: Bun.version });
  let rotations: Promise<unknown> = Promise.resolve();
  // One after the other: each begins with the key that the one before has written, and forgets none that another still needs.
  const rotateInTurn = <T>(rotate: () => Promise<T>): Promise<T> => {
    const rotating = rotations.then(rotate);
    rotations = rotating.catch(() => undefined);
    return rotating;
  };
  const whole: Whole = {
    async changed() {
      fleet.reconcile(await readConfig(store));
      await Promise.all(servings.map((serving) => serving.reload()));
    },
    engines: () => fleet.status(),
    setLoaded: ({ name, isLoaded }) => fleet.setLoaded(name, isLoaded),
    async pulls() {
      const pulls = await Promise.all(servings.map((serving) => serving.pulls()));
      return pulls.flat().sort((a, b) => (a.id < b.id ? 1 : -1));
    },
    async cancelPull(id) {
      const found = await Promise.all(servings.map((serving) => serving.cancelPull(id)));
      return found.find((pull) => pull !== undefined);
    },
    rotateMasterKey: () => rotateInTurn(() => rotateMasterKey(store, parts.location)),
    async rotateAdminKey(overlapMs) {
      const deps = { store, clock: systemClock };
      const rotated = await rotateInTurn(() => rotateAdminKey(deps, adminKey, overlapMs));
      await whole.changed();
      return rotated;
    },
    async metrics() {
      const serving = await Promise.all(servings.map((one) => one.metrics()));
      const own = { [buildInfo]: 1, ...fleet.metrics(), ...readDisk(folder.path) };
      // This process serves itself where it has no workers.
      return renderMetrics([own, ...(environment.workers > 1 ? [readProcess()] : []), ...serving]);
    },
    async drainJournals() {
      await Promise.all(servings.map((serving) => serving.drainJournal()));
    },
  };
  // Of what another machine has changed the serving processes hear by themselves.
  const watch = "path" in parts.location ? undefined : watchModels({ store, fleet, log });
  let port = environment.port;
  try {
    if (environment.workers === 1) {
      const serving: Serving = await startServing(
        { store, log, whole, requestLog: logs.requests },
        {
          ...optionsOf(environment, parts.variables),
          adminKey,
          masterKey: parts.location.masterKey,
          folder,
          index: 0,
          process: processName(parts.location, 0),
          reusePort: false,
          startedMs: processStartedMs(),
        },
      );
      port = serving.port;
      servings = [serving];
    } else {
      servings = await startWorkers({
        environment,
        log,
        whole,
        async recover(index) {
          const recovered = await store.recoverJournal(join(folder.journalDir, String(index)));
          log.info({ worker: index, ...recovered }, "recovered records from the journal of the ended worker");
        },
      });
    }
  } catch (error) {
    clearInterval(watch);
    await fleet.stop({ graceMs: 0 });
    throw error;
  }
  const address = addressOf(environment, environment.host, port);
  return {
    address,
    async createSignInLink() {
      const key = { keyId: adminKeyId, keyHash: hashKey(readAdminKey(adminKey)) };
      const { token, link } = createSignInLink(key, { nowMs: systemClock.now() });
      await addSignInLink(store, link);
      return signInAddress(address, token);
    },
    database: environment.database ? describeDatabase(environment.database) : folder.database,
    folder,
    adminKey: parts.adminKey,
    adminKeyCreated: parts.adminKeyCreated,
    models: config.models
      .map(({ name, local }) => ({ name, isBuiltIn: local?.file === builtInFile, isLocal: local !== undefined }))
      .sort((a, b) => Number(b.isLocal) - Number(a.isLocal)),
    renewCertificate() {
      for (const serving of servings) serving.renewCertificate();
    },
    async stop() {
      clearInterval(watch);
      await Promise.all(servings.map((serving) => serving.stop(drainGraceMs)));
      await store.close();
      await fleet.stop({ graceMs: 1_000 });
      parts.unlock();
      await logs.lines.flush(logFlushMs);
    },
  };
}

function addressOf({ tls }: Pick<Environment, "tls">, host: string, port: number): string {
  return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Starts and stops engines as the configuration says that another machine has written. */
function watchModels({ store, fleet, log }: { store: StoreThread; fleet: LocalFleet; log: Log }): Timer {
  let seen: number | undefined;
  let isLooking = false;
  const look = async () => {
    const version = await store.version();
    if (version !== seen) fleet.reconcile(await readConfig(store));
    seen = version;
  };
  return setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      .catch((error: unknown) => log.debug({ err: error }, "the models of the configuration could not be read"))
      .finally(() => (isLooking = false));
  }, watchMs);
}

const watchMs = 1_000;

async function openStore(folder: DataFolder, location: ServerStore, log: Log): Promise<StoreThread> {
  const { masterKey } = location;
  let store: StoreThread | undefined;
  try {
    if ("path" in location) checkAccess(folder.database);
    else await tellDatabase(location.postgres, log);
    store = await openStoreThread({ log }, location);
    const resealed = await finishRotation(store, masterKey);
    if (resealed > 0)
      log.info(
        { secrets: resealed },
        "sealed all secrets with the present master key; the one before is not needed any more",
      );
    await readConfig(store);
    // Sealed as the secrets are: so another master key is noticed where there are no secrets yet, too.
    await store.fileKey();
    return store;
  } catch (cause) {
    await store?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    const advice = "path" in location ? masterKeyAdvice : `${sharedMasterKey} ${masterKeyAdvice}`;
    throw new StartError(why.includes(wrongMasterKey) ? `${why}. ${advice}` : why, { cause });
  }
}

/** Throws where it cannot be used. */
async function tellDatabase(address: DatabaseAddress, log: Log): Promise<void> {
  const state = await checkDatabase(address);
  log.info({ database: describeDatabase(address), version: state.version }, "state is shared in PostgreSQL");
  for (const doubt of describeDoubts(address, state)) log.warn({ database: describeDatabase(address) }, doubt);
}

const sharedMasterKey =
  "All machines on one database need the same master key: copy master.key from the data folder of one that runs, or set SAHAB_MASTER_KEY on all of them.";
const masterKeyAdvice =
  "A database opens only with its own master key: bring back master.key (a backup has it: sahab restore) or set SAHAB_MASTER_KEY; if the key is lost, sahab rotate master --lost forgets the secrets, to be given again";

/** Gives a new data folder its first configuration: one project, and the built-in model. */
async function seed(store: Store, folder: DataFolder): Promise<void> {
  const current = await readConfig(store);
  const isNew = (await store.version()) === 1 && current.models.length === 0;
  if (isNew) {
    const config = parseCloudConfig({
      models: [{ name: "nano", local: { file: builtInFile } }],
      projects: [{ name: "default" }],
    });
    await writeConfig(store, config, 1, new Managers([[Managers.keyOf({ kind: "model", name: "nano" }), "pull"]]));
  }
  const needsFile = isNew || current.models.some((model) => model.local?.file === builtInFile);
  if (!needsFile) return;
  try {
    await placeBuiltInModel(folder.modelsDir);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`Cannot put the model that comes with Sahab into ${folder.modelsDir}: ${why}`, { cause });
  }
}

async function applyFile(
  deps: {
    store: Store;
    sources: ModelSources;
    secretSources: SecretSources;
    log: Log;
    catalog: { catalog: Catalog };
  },
  file: string,
  variables: Record<string, string | undefined>,
): Promise<void> {
  const { log } = deps;
  let text = "";
  try {
    text = decodeYamlText(await readFile(file));
    const parsed = resolveVariables(readCloudYaml(text), variables);
    const document = await readCaFiles(parsed, dirname(file));
    const changed = () => Promise.resolve();
    // What of the environment is replaced is told when the configuration is taken over.
    const environmentProviders = { providers: [] };
    const { changes, warnings, kept } = await applyConfig({ ...deps, changed, environmentProviders }, document, {
      dryRun: false,
      deletions: "keep",
    });
    for (const warning of warnings) log.warn({ file }, warning);
    const left = kept.flatMap((one) => (one.managedBy === "file" ? [showResource(one)] : []));
    // Nobody is there to be asked.
    if (left.length > 0)
      log.warn(
        { file },
        `the file no longer names ${showList(left)}, which it managed before: a start deletes nothing; to delete it, run: sahab apply -f ${file} --prune`,
      );
    log.info({ file, changes: changes.length }, "applied the configuration");
  } catch (cause) {
    if (cause instanceof CloudConfigError)
      throw new StartError(`Cannot apply SAHAB_CONFIG ${file}:\n  ${placeProblems(cause, text).join("\n  ")}`, {
        cause,
      });
    if (cause instanceof SahabError)
      throw new StartError(`Cannot apply SAHAB_CONFIG ${file}: ${cause.message}`, { cause });
    throw new StartError(`Cannot read SAHAB_CONFIG ${file}: ${describeReadFault(cause)}`, { cause });
  }
}

/** A line for each problem, with its line in the text. */
function placeProblems({ placed, allProblems }: CloudConfigError, text: string): string[] {
  const locate = locatorFor(text);
  const lines = placed.map(({ path, message }) => {
    const position = path === "" ? undefined : locate(path);
    const place = position ? `line ${position.line}: ` : "";
    return `${place}${path === "" ? "" : `${path}: `}${message}`;
  });
  return allProblems.length > lines.length ? [...lines, `and ${allProblems.length - lines.length} more`] : lines;
}
