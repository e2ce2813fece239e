import type { CloudConfig } from "../base/cloud-config.ts";

export interface Change {
  action: "create" | "update" | "delete";
  kind: "provider" | "model" | "project";
  name: string;
  /** For updates: the fields that differ. Values are not shown, since some are secret. */
  fields?: string[];
}

const kinds = [
  ["providers", "provider"],
  ["models", "model"],
  ["projects", "project"],
] as const;

/** What applying `wanted` to `current` changes, in the order in which a reader expects it. */
export function diffConfigs(current: CloudConfig, wanted: CloudConfig): Change[] {
  return kinds.flatMap(([list, kind]) => {
    const before = new Map(current[list].map((item) => [item.name, item as Record<string, unknown>]));
    const after = new Set(wanted[list].map((item) => item.name));
    return [
      ...wanted[list].flatMap((item): Change[] => {
        const old = before.get(item.name);
        if (!old) return [{ action: "create", kind, name: item.name }];
        const fields = differingFields(old, item);
        return fields.length > 0 ? [{ action: "update", kind, name: item.name, fields }] : [];
      }),
      ...current[list].flatMap((item): Change[] =>
        after.has(item.name) ? [] : [{ action: "delete", kind, name: item.name }],
      ),
    ];
  });
}

/** Secrets that the new configuration does not mention stay as they are; null removes them. */
export function keepSecrets(current: CloudConfig, wanted: CloudConfig): CloudConfig {
  const before = new Map(current.providers.map((provider) => [provider.name, provider]));
  const providers = wanted.providers.map(({ api_key, headers, ...provider }) => {
    const old = before.get(provider.name);
    const key = api_key === undefined ? old?.api_key : api_key;
    const kept = headers === undefined ? old?.headers : headers;
    return { ...provider, ...(key == null ? {} : { api_key: key }), ...(kept == null ? {} : { headers: kept }) };
  });
  return { ...wanted, providers };
}

/** The configuration as it may be shown: without what is secret. */
export function hideSecrets(config: CloudConfig): CloudConfig {
  return {
    ...config,
    providers: config.providers.map(({ api_key: _key, headers: _headers, ...provider }) => provider),
  };
}

function differingFields(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !Bun.deepEquals(before[name], after[name])).sort();
}
