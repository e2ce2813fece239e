import { ownValue } from "../base/own-value.ts";
import { withoutCredentials } from "../base/proxy-address.ts";
import type { Resource, Store } from "../ledger/index.ts";
import { parseStoredConfig, type CloudConfig, type ProviderConfig } from "./cloud-config.ts";
import type { AlertConfig } from "./schema/alert-schema.ts";
import { withDefaultProject } from "./default-project.ts";
import { managerNames, Managers, withGuessedManagers, type ManagedConfig, type Manager } from "./managers.ts";
import { namedLists, resourcesOf, type ResourceKind } from "./resources.ts";

const kinds = ["providers", "models", "organisations", "projects"] as const;
/** What is there once is kept as the only resource of its kind. */
const settings = ["aliases", "rates", "cors", "batches", "retention", "console"] as const;

/** The configuration as the store has it. Throws where the master key does not open a secret. */
export async function readConfig(store: Pick<Store, "readResources">): Promise<CloudConfig> {
  return toConfig(await store.readResources());
}

/** The same, with who manages what of it. */
export async function readManagedConfig(store: Pick<Store, "readResources">): Promise<ManagedConfig> {
  const resources = await store.readResources();
  return withGuessedManagers({ config: toConfig(resources), managers: new Managers(resources.flatMap(managersIn)) });
}

function toConfig(resources: readonly Resource[]): CloudConfig {
  const lists: Record<string, unknown[]> = { providers: [], models: [], projects: [] };
  const config: Record<string, unknown> = lists;
  for (const { kind, spec, secret } of resources) {
    if (kind === "memory") config[kind] = (spec as { budget: string }).budget;
    else if (kind === "alerts") config[kind] = withAlertSecrets(spec, secret);
    else if ((settings as readonly string[]).includes(kind)) config[kind] = spec;
    else (lists[kind] ??= []).push({ ...spec, ...secret });
  }
  return withDefaultProject(parseStoredConfig(config));
}

/** Replaces the stored configuration if its version is still `expectedVersion`; returns whether it was. */
export function writeConfig(
  store: Pick<Store, "writeResources">,
  config: CloudConfig,
  expectedVersion: number,
  managers = new Managers(),
): Promise<boolean> {
  const listed = kinds.flatMap((kind) =>
    (config[kind] ?? []).map((item, position): Resource => {
      const { spec, secret } =
        kind === "providers" ? splitSecret(item as ProviderConfig) : { spec: item, secret: null };
      return { kind, name: item.name, position, spec, secret };
    }),
  );
  const single = settings.flatMap((kind): Resource[] => {
    const spec = config[kind];
    return spec ? [{ kind, name: kind, position: 0, spec, secret: null }] : [];
  });
  const memory: Resource[] = config.memory
    ? [{ kind: "memory", name: "memory", position: 0, spec: { budget: config.memory }, secret: null }]
    : [];
  const resources = [...listed, ...single, ...memory, ...alertResources(config.alerts)];
  return store.writeResources(
    resources.map((resource) => withManagers(resource, config, managers)),
    expectedVersion,
  );
}

/** Aliases, rates and alerts are many things in one resource: who manages them is JSON, by their names. */
const together: Readonly<Record<string, ResourceKind>> = { aliases: "alias", rates: "rate", alerts: "alert" };
const kindOf: ReadonlyMap<string, ResourceKind> = new Map(namedLists);

function withManagers(resource: Resource, config: CloudConfig, managers: Managers): Resource {
  const many = ownValue(together, resource.kind);
  if (many === undefined) {
    const managedBy = managers.of({ kind: kindOf.get(resource.kind) ?? "setting", name: resource.name });
    return { ...resource, ...(managedBy !== undefined && { managedBy }) };
  }
  const known = resourcesOf(config).flatMap(({ kind, name }) => {
    const manager = kind === many ? managers.of({ kind, name }) : undefined;
    return manager === undefined ? [] : [[name, manager] as const];
  });
  return known.length === 0 ? resource : { ...resource, managedBy: JSON.stringify(Object.fromEntries(known)) };
}

function managersIn({ kind, name, managedBy }: Resource): (readonly [string, Manager])[] {
  if (managedBy === undefined) return [];
  const many = ownValue(together, kind);
  const one = kindOf.get(kind) ?? "setting";
  const entries =
    many === undefined ? [[name, managedBy]] : Object.entries(JSON.parse(managedBy) as Record<string, string>);
  return entries.flatMap(([of = "", manager]) => {
    // A later version may know more of them.
    const known = managerNames.find((word) => word === manager);
    return known === undefined ? [] : [[Managers.keyOf({ kind: many ?? one, name: of }), known] as const];
  });
}

/** All webhooks are one resource: they have no names. */
function alertResources(alerts: CloudConfig["alerts"]): Resource[] {
  if (!alerts) return [];
  const spec = alerts.map(({ secret: _secret, ...alert }) => alert);
  const secrets = alerts.flatMap(({ url, secret }) => (secret === undefined ? [] : [[url, secret] as const]));
  const secret = secrets.length === 0 ? null : Object.fromEntries(secrets);
  return [{ kind: "alerts", name: "alerts", position: 0, spec, secret }];
}

function withAlertSecrets(spec: object, secrets: object | null): object {
  const byUrl = new Map(Object.entries(secrets ?? {}));
  return (spec as AlertConfig[]).map((alert) => ({
    ...alert,
    ...(byUrl.has(alert.url) && { secret: byUrl.get(alert.url) as string }),
  }));
}

/** What is secret of a provider is sealed, and written nowhere else. */
function splitSecret(provider: ProviderConfig): { spec: object; secret: object | null } {
  const { api_key, api_keys, headers, proxy, ...spec } = provider;
  const shown = proxy === undefined ? undefined : withoutCredentials(proxy);
  const secret = {
    ...(api_key != null && { api_key }),
    ...(api_keys != null && { api_keys }),
    ...(headers != null && { headers }),
    ...(proxy !== shown && { proxy }),
  };
  return {
    spec: { ...spec, ...(shown !== undefined && { proxy: shown }) },
    secret: Object.keys(secret).length === 0 ? null : secret,
  };
}
