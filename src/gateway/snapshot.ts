import type { CloudConfig } from "../base/cloud-config.ts";
import { must } from "../base/assert.ts";
import { freePrice, parsePrice, type Price } from "../ledger/index.ts";
import type { RoutableTarget } from "../router/index.ts";
import { openProvider, type Provider } from "../vendor/index.ts";

/** A model at a provider. */
export interface Target extends RoutableTarget {
  provider: Provider;
  model: string;
  /** Until when to prefer others, milliseconds since 1970; moves when a call fails. */
  restUntilMs: number;
}

/** A name that clients may ask for, and what stands behind it: targets at providers, or a local engine. */
export interface ModelEntry {
  name: string;
  price: Price;
  targets: readonly Target[];
  local: boolean;
}

/** The configuration as the request path wants it: looked up, never parsed. Replaced whole when the configuration changes. */
export interface Snapshot {
  models: ReadonlyMap<string, ModelEntry>;
  /** Models that a project may call; null means all. A project that is not there may call none. */
  projects: ReadonlyMap<string, ReadonlySet<string> | null>;
}

export function buildSnapshot(config: CloudConfig): Snapshot {
  const providers = new Map(config.providers.map((provider) => [provider.name, openProvider(provider)]));
  return {
    models: new Map(
      config.models.map((model): [string, ModelEntry] => [
        model.name,
        {
          name: model.name,
          price: model.price ? parsePrice(model.price) : freePrice,
          local: model.local !== undefined,
          targets: (model.targets ?? []).map((target) => ({
            provider: must(providers.get(target.provider), "targets name providers that exist"),
            model: target.model,
            priority: target.priority,
            restUntilMs: 0,
          })),
        },
      ]),
    ),
    projects: new Map(
      config.projects.map((project) => [project.name, project.models ? new Set(project.models) : null]),
    ),
  };
}
