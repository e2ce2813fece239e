import { withoutCredentials } from "../base/proxy-address.ts";
import type { Resource, Store } from "../ledger/index.ts";
import { parseStoredConfig, type CloudConfig, type ProviderConfig } from "./cloud-config.ts";
import type { AlertConfig } from "./schema/alert-schema.ts";
import { withDefaultProject } from "./default-project.ts";

const kinds = ["providers", "models", "organisations", "projects"] as const;
/** What is there once is kept as the only resource of its kind. */
const settings = ["aliases", "rates", "cors", "batches", "retention"] as const;

/** The configuration as the store has it. Throws where the master key does not open a secret. */
export async function readConfig(store: Pick<Store, "readResources">): Promise<CloudConfig> {
  const lists: Record<string, unknown[]> = { providers: [], models: [], projects: [] };
  const config: Record<string, unknown> = lists;
  for (const { kind, spec, secret } of await store.readResources()) {
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
  return store.writeResources([...listed, ...single, ...memory, ...alertResources(config.alerts)], expectedVersion);
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
