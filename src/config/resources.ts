import type { CloudConfig } from "./schema/cloud-schema.ts";

/** What one thing of a configuration is, as changes name it. */
export type ResourceKind = "provider" | "model" | "alias" | "organisation" | "project" | "rate" | "alert" | "setting";

/** One thing of a configuration that is created, changed, deleted and managed by itself. Kind and name together are unique. */
export interface ConfigResource {
  kind: ResourceKind;
  name: string;
  fields: Readonly<Record<string, unknown>>;
}

/** Lists of a cloud.yaml whose entries have names, with what one entry is. */
export const namedLists = [
  ["providers", "provider"],
  ["models", "model"],
  ["organisations", "organisation"],
  ["projects", "project"],
] as const;

/** What is there once. */
export const settingNames = ["cors", "batches", "retention", "memory", "console"] as const;

/** All that a configuration consists of, in the order in which a reader expects it. */
export function resourcesOf(config: CloudConfig): ConfigResource[] {
  return [
    ...namedLists.flatMap(([list, kind]) =>
      (config[list] ?? []).map((item): ConfigResource => ({ kind, name: item.name, fields: item })),
    ),
    ...Object.entries(config.aliases ?? {}).map(([name, target]): ConfigResource => ({
      kind: "alias",
      name,
      fields: { target },
    })),
    ...(config.rates ?? []).map((rate): ConfigResource => ({
      kind: "rate",
      name: nameOfRate(rate),
      fields: { rate: rate.rate },
    })),
    ...(config.alerts ?? []).map(({ url, ...settings }): ConfigResource => ({
      kind: "alert",
      name: url,
      fields: { settings },
    })),
    ...settingNames.flatMap((name): ConfigResource[] => {
      const value = config[name];
      if (value === undefined) return [];
      return [{ kind: "setting", name, fields: typeof value === "string" ? { budget: value } : value }];
    }),
  ];
}

/** By what rates are told apart: `USD to CNY since 2026-01-01`. */
export function nameOfRate({ from, to, since }: { from: unknown; to: unknown; since: unknown }): string {
  return `${String(from)} to ${String(to)} since ${String(since)}`;
}
