import type { PullView, RotatedAdminKey } from "../admin/index.ts";
import type { AddressLimit } from "../base/address-limit.ts";
import type { AddressRanges } from "../base/address-ranges.ts";
import type { Environment, TlsFiles } from "../base/environment.ts";
import type { MasterKeyPlace } from "../base/master-key.ts";
import type { ProxySettings } from "../base/proxy-address.ts";
import type { SecretSources } from "../base/secret-sources.ts";
import { readEnvironmentProviders, type EnvironmentProviders } from "../config/index.ts";
import type { FleetStatus } from "../fleet/index.ts";
import type { AdminKeyPlace } from "./admin-key.ts";
import type { DataFolder } from "./data-folder.ts";
import type { HealthSettings } from "./health/check-health.ts";
import { namesOfSettings } from "./names-of-settings.ts";

/** What a serving process asks of the whole of Sahab: itself, or the process that started it and its siblings. */
export interface Whole {
  changed(): Promise<void>;
  engines(): Promise<FleetStatus>;
  /** See LocalFleet. */
  setLoaded(wanted: { name: string; isLoaded: boolean }): Promise<void>;
  /** Newest first. */
  pulls(): Promise<PullView[]>;
  /** Ends or forgets one; undefined where there is no such pull. */
  cancelPull(id: string): Promise<PullView | undefined>;
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
  /** What of the environment is told and looked at, see check-health.ts. */
  settings: HealthSettings & Pick<Environment, "configFile">;
  /** Names of the variables of the environment that are settings. */
  variableNames: string[];
}

/** What the environment says alone, for whichever process serves by it. */
export function optionsOf(
  environment: Environment,
  variables: Record<string, string | undefined>,
): Omit<ServingOptions, "adminKey" | "masterKey" | "folder" | "index" | "process" | "reusePort" | "startedMs"> {
  const { host, port, adminAddresses, workers, database, tls, proxies, trustedProxies } = environment;
  const { allowedHosts, modelSources, mediaHosts, secretSources } = environment;
  return {
    host,
    port,
    adminAddresses,
    workers,
    database,
    tls,
    proxies,
    trustedProxies,
    allowedHosts,
    modelSources,
    mediaHosts,
    secretSources,
    environmentProviders: readEnvironmentProviders(variables, environment),
    settings: environment,
    variableNames: namesOfSettings(variables),
  };
}
