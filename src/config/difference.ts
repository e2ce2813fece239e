import { withoutCredentials } from "../base/proxy-address.ts";
import { baseAddressOf, vendors } from "../vendor/index.ts";
import { CloudConfigError, type CloudConfig } from "./cloud-config.ts";
import { hostHeader } from "./host-header.ts";
import { diffValues, type ChangedValue } from "./diff-values.ts";
import { namedLists, resourcesOf, type ConfigResource, type ResourceKind } from "./resources.ts";
import { parseSecretReference } from "./secret/index.ts";

export interface Change {
  action: "create" | "update" | "delete";
  kind: ResourceKind;
  name: string;
  /** For updates: the fields that differ. */
  fields?: string[];
  /** For updates: what was and is in these fields, as far as it may be shown. */
  values?: ChangedValue[];
}

/** What applying `wanted` to `current` changes, in the order in which a reader expects it. */
export function diffConfigs(current: CloudConfig, wanted: CloudConfig): Change[] {
  const [before, after] = [byKind(current), byKind(wanted)];
  const shown = (config: CloudConfig) => byKind(withoutSecrets(config));
  const [shownBefore, shownAfter] = [shown(current), shown(wanted)];
  return resourceKinds.flatMap((kind) => {
    const [have, want] = [before.get(kind) ?? none, after.get(kind) ?? none];
    return [
      ...[...want].flatMap(([name, fields]): Change[] => {
        const old = have.get(name);
        if (!old) return [{ action: "create", kind, name }];
        const differing = differingFields(old, fields);
        if (differing.length === 0) return [];
        const [was, is] = [shownBefore.get(kind)?.get(name) ?? {}, shownAfter.get(kind)?.get(name) ?? {}];
        const values = differing.flatMap((field) => [
          ...diffValues(field, { whole: old[field], shown: was[field] }, { whole: fields[field], shown: is[field] }),
        ]);
        return [{ action: "update", kind, name, fields: differing, values: values.slice(0, valuesMax) }];
      }),
      ...[...have.keys()].flatMap((name): Change[] => (want.has(name) ? [] : [{ action: "delete", kind, name }])),
    ];
  });
}

const resourceKinds: readonly ResourceKind[] = [
  ...namedLists.map(([, kind]) => kind),
  "alias",
  "rate",
  "alert",
  "setting",
];

type Fields = ConfigResource["fields"];
const none: ReadonlyMap<string, Fields> = new Map();
/** A person reads no more of one change. */
const valuesMax = 50;

function byKind(config: CloudConfig): Map<ResourceKind, Map<string, Fields>> {
  const all = new Map<ResourceKind, Map<string, Fields>>();
  for (const { kind, name, fields } of resourcesOf(config)) {
    const named = all.get(kind) ?? new Map<string, Fields>();
    all.set(kind, named.set(name, fields));
  }
  return all;
}

/**
 * Secrets that the new configuration does not mention stay as they are; null removes them. Throws where a stored one
 * would go to another address than it was given for: a typo, or a borrowed admin key, would send it to a stranger.
 */
export function keepSecrets(current: CloudConfig, wanted: CloudConfig): CloudConfig {
  const before = new Map(current.providers.map((provider) => [provider.name, provider]));
  const problems: string[] = [];
  const providers = wanted.providers.map(({ api_key, api_keys, headers, ...provider }, index) => {
    const old = before.get(provider.name);
    // api_key and api_keys are two forms of the same setting: the one that is given replaces the other.
    const isKeyGiven = api_key !== undefined || api_keys !== undefined;
    const keys = isKeyGiven ? { api_key, api_keys } : { api_key: old?.api_key, api_keys: old?.api_keys };
    const kept = headers === undefined ? old?.headers : headers;
    const hasKey = keys.api_key != null || keys.api_keys != null;
    const isKept = (!isKeyGiven && hasKey) || (headers === undefined && kept != null);
    const stranger = isKept ? newReader(old, { ...provider, headers: kept }) : undefined;
    if (stranger !== undefined)
      problems.push(
        `providers[${index}]: ${stranger}, where its stored secrets would go; give api_key and headers anew, or null for none`,
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
  const alerts = wanted.alerts && keepAlertSecrets(current.alerts, wanted.alerts);
  for (const [index, { secret }] of (alerts ?? []).entries())
    if (secret === undefined)
      problems.push(
        `alerts[${index}].secret: none is given, and none is stored for this address; what is sent is signed with it`,
      );
  if (problems.length > 0) throw new CloudConfigError(problems);
  return { ...wanted, providers, ...(alerts && { alerts }) };
}

/** A webhook is known by its address, so that no stored secret is used for another one. */
function keepAlertSecrets(current: CloudConfig["alerts"] = [], wanted: NonNullable<CloudConfig["alerts"]>) {
  return wanted.map(({ secret, ...alert }) => {
    const kept = secret ?? current.find(({ url }) => url === alert.url)?.secret;
    return { ...alert, ...(kept !== undefined && { secret: kept }) };
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

function differingFields(before: Fields, after: Fields): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !Bun.deepEquals(before[name], after[name])).sort();
}
