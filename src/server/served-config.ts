import { createCacheTagger } from "../base/cache-tags.ts";
import { must } from "../base/assert.ts";
import type { Log } from "../base/log.ts";
import { readMasterKeys } from "../base/master-key.ts";
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
  type Snapshot,
} from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import { createEngineUpstream, EngineClient } from "../engine/index.ts";
import { doorPath, engineSocketPath } from "../fleet/index.ts";
import type { KeyRing, StoreThread } from "../ledger/index.ts";
import { Catalog, ImageFetcher, type Provider } from "../vendor/index.ts";
import { readAdminKey } from "./admin-key.ts";
import { CurrentConfig } from "./current-config.ts";
import type { ServingOptions } from "./serving-options.ts";

/** What a process serves by: the stored configuration with its secrets, the catalogue, the clients of engines, and the admin key. */
export interface ServedConfig {
  catalog: Catalog;
  snapshot(): Snapshot;
  /** Whether the store or the catalogue's file has moved on. */
  isStale(): Promise<boolean>;
  reload(): Promise<void>;
  /** Reads an admin key that could not be read before. */
  retryAdminKey(): void;
  /** A configuration that is not served by, with secrets of its own until it is closed. */
  build(config: CloudConfig): Promise<{ snapshot: Snapshot; close(): void }>;
  /** Looks for changed secrets from now on, until `stop`. */
  run(): void;
  stop(): void;
  closeEngines(): void;
}

/** Reads the configuration and its secrets. What is wrong with it is told once, in the log. */
export async function openServedConfig(
  deps: { store: StoreThread; keys: KeyRing; log: Log },
  options: Pick<
    ServingOptions,
    "adminKey" | "masterKey" | "folder" | "proxies" | "mediaHosts" | "secretSources" | "environmentProviders"
  >,
): Promise<ServedConfig> {
  const { store, keys, log } = deps;
  const { folder } = options;
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

  return {
    catalog,
    snapshot: () => config.snapshot,
    isStale: async () => catalog.isStale || (await config.isStale()),
    reload,
    retryAdminKey: () => {
      if (!isAdminKeyRead) readAdminKeyAnew();
    },
    build: async (next) => {
      const own = new ReferencedSecrets({ sources: options.secretSources, log, onChanged: () => undefined });
      await own.load(allReferences(next));
      return {
        snapshot: snapshotOf(next, { valueOf: (reference) => own.valueOf(reference) }),
        close: () => own.close(),
      };
    },
    run: () => secrets.run(),
    stop: () => secrets.close(),
    closeEngines: () => {
      for (const client of engines.values()) client.close();
    },
  };
}

/** What the secrets of a configuration refer to. */
function allReferences({ providers }: CloudConfig): string[] {
  return providers.flatMap((provider) => referencesOf(provider).map(([, reference]) => reference));
}
