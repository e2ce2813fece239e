import type { z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import { ownValue } from "../base/own-value.ts";
import { showList } from "../base/show-list.ts";
import {
  CloudConfigError,
  keepSecrets,
  parseCloudConfig,
  withoutSecrets,
  type CloudConfig,
  type KnownModels,
  type ManagedConfig,
} from "../config/index.ts";
import { catalogPartOf, mayBeOfEnvironment, vendors } from "../vendor/index.ts";
import type { newProviderSchema, providerChangesSchema, providerSettingsSchema } from "./provider-schemas.ts";
import { withoutPlace } from "./update-resource.ts";

type Provider = CloudConfig["providers"][number];
type Wanted = z.infer<typeof newProviderSchema>;
type Changes = z.infer<typeof providerChangesSchema>;

/** The name of a new provider: the one that is wanted, else the vendor's, with a number where that is taken. Throws `conflict`. */
export function nameForProvider({ providers }: CloudConfig, { name, vendor }: Pick<Wanted, "name" | "vendor">): string {
  const taken = new Set(providers.map((one) => one.name));
  if (name !== undefined && taken.has(name))
    throw new SahabError("conflict", `There is a provider "${name}" already; change that one, or choose another name`, {
      param: "name",
    });
  if (name !== undefined) return name;
  let free: string = vendor;
  for (let number = 2; taken.has(free); number++) free = `${vendor}-${number}`;
  return free;
}

/** The configuration with one more provider, not parsed yet. All models that the catalogue has of its vendor are offered, unless `wanted` says otherwise. */
export function withProvider(current: CloudConfig, name: string, wanted: Wanted, catalog: KnownModels): object {
  const { vendor, region, base_url } = wanted;
  const known = ownValue<object>(vendors, vendor) && vendorOf(vendor);
  const hasModels =
    known !== undefined &&
    catalog.modelsOf(catalogPartOf({ vendor: known, ...withoutNulls({ region, base_url }) })).length > 0;
  const provider = { ...(hasModels && { catalog: true }), ...withoutNulls(wanted), name };
  return { ...current, providers: [...current.providers, provider] };
}

/** The configuration with a provider changed. Throws `not_found`, and a CloudConfigError where a stored secret would go to a stranger. */
export function withProviderChanges(current: CloudConfig, name: string, changes: Changes): CloudConfig {
  const before = findProvider(current, name);
  const { api_key, api_keys, headers, ...settings } = changes;
  const secrets = { api_key, api_keys, headers };
  const { api_key: _key, api_keys: _keys, headers: _headers, ...kept } = before;
  // Absent secrets are kept by keepSecrets, which looks at where they would go.
  const provider = { ...withoutNulls({ ...kept, ...settings }), ...withoutUndefined(secrets), name };
  const providers = current.providers.map((one) => (one === before ? provider : one));
  const parsed = parseCloudConfig({ ...current, providers }, current);
  // Only the changed provider lacks its secrets here; the others have theirs.
  return keepSecrets(current, parsed);
}

/** The configuration without a provider. Throws `not_found`, and `conflict` where models need it. */
export function withoutProvider(current: CloudConfig, name: string): CloudConfig {
  const before = findProvider(current, name);
  const users = modelsOf(current, name);
  if (users.length > 0)
    throw new SahabError(
      "conflict",
      `Provider "${name}" is a target of ${showList(users)}; take it from there first, or take those models away`,
    );
  return { ...current, providers: current.providers.filter((one) => one !== before) };
}

/** A provider that is only tried out: with what is stored of one of its name. Faults are told by its own fields. */
export function draftProvider(current: CloudConfig, wanted: Wanted): { config: CloudConfig; name: string } {
  const { name: givenName, vendor, ...changes } = wanted;
  const stored = current.providers.find((one) => one.name === givenName && one.vendor === vendor);
  const name = stored?.name ?? givenName ?? vendor;
  const place = stored ? `providers[${current.providers.indexOf(stored)}]` : "providers[0]";
  try {
    const { providers } = stored
      ? withProviderChanges(current, name, changes)
      : parseCloudConfig({ providers: [{ ...withoutNulls(changes), vendor, name }] });
    const config = { providers: providers.filter((one) => one.name === name), models: [], projects: current.projects };
    return { config, name };
  } catch (error) {
    if (!(error instanceof CloudConfigError)) throw error;
    throw new CloudConfigError(error.allProblems.map((line) => withoutPlace(line, place)));
  }
}

/** What is stored of a provider, without secrets. Undefined for one that the configuration does not name. */
export function encodeSettings(
  { config, managers }: ManagedConfig,
  name: string,
): z.infer<typeof providerSettingsSchema> | undefined {
  const stored = config.providers.find((one) => one.name === name);
  const [shown] = stored ? withoutSecrets({ ...config, providers: [stored] }).providers : [];
  if (!stored || !shown) return undefined;
  const { vendor, base_url, region, apis, catalog, proxy, pass_fields, timeouts, tls } = shown;
  const keys = stored.api_keys ?? (stored.api_key == null ? [] : [stored.api_key]);
  return {
    name,
    vendor,
    managed_by: managers.of({ kind: "provider", name }) ?? null,
    settings: {
      ...withoutUndefined({ base_url, region, apis, catalog, proxy, pass_fields }),
      ...(timeouts && { timeouts: withoutUndefined(timeouts) as Record<string, number> }),
      ...(tls && { tls: { has_ca: tls.ca !== undefined, insecure: tls.insecure === true } }),
      header_names: Object.keys(stored.headers ?? {}),
      key_references: shown.api_keys ?? (shown.api_key == null ? [] : [shown.api_key]),
      keys: keys.length,
    },
    used_by: modelsOf(config, name),
  };
}

/** The configured models that a provider is a target of. */
export function modelsOf({ models }: CloudConfig, provider: string): string[] {
  return models.flatMap(({ name, targets }) => (targets?.some((one) => one.provider === provider) ? [name] : []));
}

function findProvider({ providers }: CloudConfig, name: string): Provider {
  const found = providers.find((one) => one.name === name);
  if (found) return found;
  const names = showList(providers.map((one) => one.name)) || "none";
  const ofEnvironment = mayBeOfEnvironment(name)
    ? "; one whose key is in the server's environment is changed there, or added here to take its place"
    : "";
  throw new SahabError("not_found", `The configuration has no provider "${name}"; it has: ${names}${ofEnvironment}`);
}

const vendorOf = (name: string): Provider["vendor"] | undefined =>
  (Object.keys(vendors) as Provider["vendor"][]).find((known) => known === name);

const withoutNulls = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

const withoutUndefined = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
