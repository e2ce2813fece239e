import { SahabError } from "../base/errors.ts";
import { withoutCredentials } from "../base/proxy-address.ts";
import { baseAddressOf, vendors } from "../vendor/index.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { hostHeader } from "./host-header.ts";
import { parseSecretReference } from "./secret/index.ts";

export interface Change {
  action: "create" | "update" | "delete";
  kind: "provider" | "model" | "alias" | "organisation" | "project" | "rate" | "alert" | "setting";
  name: string;
  /** For updates: the fields that differ. Values are not shown, since some are secret. */
  fields?: string[];
}

const kinds = [
  ["providers", "provider"],
  ["models", "model"],
  ["organisations", "organisation"],
  ["projects", "project"],
] as const;

/** What applying `wanted` to `current` changes, in the order in which a reader expects it. */
export function diffConfigs(current: CloudConfig, wanted: CloudConfig): Change[] {
  const ofLists = kinds.flatMap(([list, kind]) => {
    const [have, want] = [current[list] ?? [], wanted[list] ?? []];
    const before = new Map(have.map((item) => [item.name, item as Record<string, unknown>]));
    const after = new Set(want.map((item) => item.name));
    return [
      ...want.flatMap((item): Change[] => {
        const old = before.get(item.name);
        if (!old) return [{ action: "create", kind, name: item.name }];
        const fields = differingFields(old, item);
        return fields.length > 0 ? [{ action: "update", kind, name: item.name, fields }] : [];
      }),
      ...have.flatMap((item): Change[] => (after.has(item.name) ? [] : [{ action: "delete", kind, name: item.name }])),
    ];
  });
  return [
    ...ofLists,
    ...diffValues("alias", "target", current.aliases ?? {}, wanted.aliases ?? {}),
    ...diffValues("rate", "rate", ratesByName(current.rates), ratesByName(wanted.rates)),
    ...diffValues("alert", "settings", alertsByUrl(current.alerts), alertsByUrl(wanted.alerts)),
    ...diffSetting("cors", current.cors, wanted.cors),
    ...diffSetting("batches", current.batches, wanted.batches),
    ...diffSetting("retention", current.retention, wanted.retention),
    ...diffSetting("memory", asObject(current.memory), asObject(wanted.memory)),
  ];
}

/** By what they are told apart: `USD to CNY since 2026-01-01`. */
function ratesByName(rates: CloudConfig["rates"] = []): Record<string, unknown> {
  return Object.fromEntries(rates.map(({ from, to, since, rate }) => [`${from} to ${to} since ${since}`, rate]));
}

function alertsByUrl(alerts: CloudConfig["alerts"] = []): Record<string, unknown> {
  return Object.fromEntries(alerts.map(({ url, ...settings }) => [url, settings]));
}

/** Of resources that are a name and one value. */
function diffValues(
  kind: "alias" | "rate" | "alert",
  field: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Change[] {
  return [
    ...Object.entries(after).flatMap(([name, value]): Change[] => {
      if (!Object.hasOwn(before, name)) return [{ action: "create", kind, name }];
      return Bun.deepEquals(before[name], value) ? [] : [{ action: "update", kind, name, fields: [field] }];
    }),
    ...Object.keys(before).flatMap((name): Change[] =>
      Object.hasOwn(after, name) ? [] : [{ action: "delete", kind, name }],
    ),
  ];
}

const asObject = (budget: string | undefined): object | undefined => (budget === undefined ? undefined : { budget });

function diffSetting(name: string, before: object | undefined, after: object | undefined): Change[] {
  const kind = "setting";
  if (!before || !after) return before === after ? [] : [{ action: after ? "create" : "delete", kind, name }];
  const fields = differingFields({ ...before }, { ...after });
  return fields.length > 0 ? [{ action: "update", kind, name, fields }] : [];
}

/**
 * Secrets that the new configuration does not mention stay as they are; null removes them. Throws where a stored one
 * would go to another address than it was given for: a typo, or a borrowed admin key, would send it to a stranger.
 */
export function keepSecrets(current: CloudConfig, wanted: CloudConfig): CloudConfig {
  const before = new Map(current.providers.map((provider) => [provider.name, provider]));
  const providers = wanted.providers.map(({ api_key, api_keys, headers, ...provider }) => {
    const old = before.get(provider.name);
    // api_key and api_keys are two forms of the same setting: the one that is given replaces the other.
    const isKeyGiven = api_key !== undefined || api_keys !== undefined;
    const keys = isKeyGiven ? { api_key, api_keys } : { api_key: old?.api_key, api_keys: old?.api_keys };
    const kept = headers === undefined ? old?.headers : headers;
    const hasKey = keys.api_key != null || keys.api_keys != null;
    const isKept = (!isKeyGiven && hasKey) || (headers === undefined && kept != null);
    const stranger = isKept ? newReader(old, { ...provider, headers: kept }) : undefined;
    if (stranger !== undefined)
      throw new SahabError(
        "invalid_request",
        `providers "${provider.name}": ${stranger}, where its stored secrets would go; give api_key and headers anew, or null for none`,
      );
    return {
      ...provider,
      ...(keys.api_key != null && { api_key: keys.api_key }),
      ...(keys.api_keys != null && { api_keys: keys.api_keys }),
      ...(kept == null ? {} : { headers: kept }),
      // A proxy's password follows its address only, whether that is given again with or without it.
      ...(old?.proxy !== undefined && provider.proxy === withoutCredentials(old.proxy) && { proxy: old.proxy }),
    };
  });
  return { ...wanted, providers, ...(wanted.alerts && { alerts: keepAlertSecrets(current.alerts, wanted.alerts) }) };
}

/** A webhook is known by its address, so that no stored secret is used for another one. */
function keepAlertSecrets(current: CloudConfig["alerts"] = [], wanted: NonNullable<CloudConfig["alerts"]>) {
  return wanted.map(({ secret, ...alert }, index) => {
    const kept = secret ?? current.find(({ url }) => url === alert.url)?.secret;
    if (kept === undefined)
      throw new SahabError(
        "invalid_request",
        `alerts[${index}].secret: none is given, and none is stored for this address; what is sent is signed with it`,
      );
    return { ...alert, secret: kept };
  });
}

type Reach = Pick<CloudConfig["providers"][number], "vendor" | "base_url" | "region" | "headers" | "proxy" | "tls">;

/** Who could read a stored secret that could not before: another server, a proxy of plain http, or whoever a new authority vouches for. */
function newReader(old: Reach | undefined, wanted: Reach): string | undefined {
  const origin = originOf(wanted);
  if (originOf(old) !== origin) return `its address changes from ${originOf(old)} to ${origin}`;
  if (hostHeader(old?.headers) !== hostHeader(wanted.headers)) return "its header host changes";
  if (origin.startsWith("http:")) {
    const proxy = wanted.proxy === undefined || wanted.proxy === "none" ? undefined : withoutCredentials(wanted.proxy);
    const isNew = proxy !== undefined && (old?.proxy === undefined || withoutCredentials(old.proxy) !== proxy);
    return isNew ? `its proxy becomes ${proxy}` : undefined;
  }
  if (wanted.tls?.insecure && !old?.tls?.insecure) return "its certificate is no longer checked";
  const isNewCa = wanted.tls?.ca !== undefined && wanted.tls.ca !== old?.tls?.ca;
  return isNewCa ? "another authority is trusted for it" : undefined;
}

function originOf(provider: Pick<Reach, "vendor" | "base_url" | "region"> | undefined): string {
  const address = provider && baseAddressOf(vendors[provider.vendor], provider);
  return address === undefined ? "nowhere" : new URL(address).origin;
}

/** The configuration as it may be shown: without what is secret. References are not, and headers are shown where each is one. */
export function withoutSecrets(config: CloudConfig): CloudConfig {
  return {
    ...config,
    providers: config.providers.map(({ api_key, api_keys, headers, proxy, ...provider }) => ({
      ...provider,
      ...(parseSecretReference(api_key) && { api_key }),
      ...(api_keys?.every(parseSecretReference) && { api_keys }),
      ...(headers && Object.values(headers).every(parseSecretReference) && { headers }),
      ...(proxy !== undefined && { proxy: withoutCredentials(proxy) }),
    })),
    ...(config.alerts && { alerts: config.alerts.map(({ secret: _secret, ...alert }) => alert) }),
  };
}

function differingFields(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !Bun.deepEquals(before[name], after[name])).sort();
}
