import { must } from "../base/assert.ts";
import type { Upstream } from "../call/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { freePrices, parseCharge, parsePrices, type Charge, type DatedPrices } from "../ledger/index.ts";
import { Provider, ProviderTarget, type Network } from "../vendor/index.ts";
import { storedAnswersDefault, type CloudConfig, type StoredAnswerTerms } from "./cloud-config.ts";
import { pricesOfTarget, type KnownPrices } from "./prices-of-target.ts";
import { withValues, type SecretValues } from "./secret/index.ts";

/** A place that can serve a model: the model at a provider, or on this machine. */
export interface Target {
  /** The provider's name, or `local`. */
  provider: string;
  /** What the target calls the model. */
  model: string;
  /** Lower is tried first. */
  priority: number;
  /** Share of the load among targets of one priority. */
  weight: number;
  /** What it costs, over time. */
  prices: DatedPrices;
  /** What is charged for it, where that is not what it costs. */
  charge?: Charge | undefined;
  upstream: Upstream;
}

/** A name that clients may ask for, and the targets that serve it. */
export interface ModelEntry {
  name: string;
  targets: readonly Target[];
  /** Providers that have it and are not asked for it, since nobody knows what that would cost. */
  unpriced?: readonly string[] | undefined;
  /** What a local model holds, of the prompt and the answer together; undefined where only providers serve it. */
  contextTokens?: number | undefined;
}

/** The configuration as the request path wants it: looked up, never parsed. Replaced whole when the configuration changes. */
export interface Snapshot {
  /** By their names; taken over by the next snapshot where they stay the same. */
  providers?: ReadonlyMap<string, Provider>;
  models: ReadonlyMap<string, ModelEntry>;
  /** Models that a project may call; null means all. A project that is not there may call none. */
  projects: ReadonlyMap<string, ReadonlySet<string> | null>;
  /** Projects of which no reasoning is kept. */
  forgetful?: ReadonlySet<string>;
  /** What projects keep of answers, null for nothing; those that are not there keep what is usual. */
  storedAnswers?: ReadonlyMap<string, StoredAnswerTerms | null>;
  /** Whose pages may call models from a browser; undefined where nothing was said of it. */
  origins?: ReadonlySet<string>;
}

interface SnapshotDeps {
  dialects: readonly Dialect[];
  /** The engine of a local model. */
  localUpstream: (model: string) => Upstream;
  network?: Network;
  secrets?: SecretValues;
  /** Knows prices of models that the configuration tells none of. */
  catalog?: KnownPrices;
}

/** What a project keeps of answers; undefined for nothing. */
export function storedAnswersOf({ storedAnswers }: Snapshot, project: string): StoredAnswerTerms | undefined {
  const terms = storedAnswers?.get(project);
  return terms === null ? undefined : (terms ?? storedAnswersDefault);
}

export const localProvider = "local";

/** A provider that is as it was in `before` stays, and with it its connections. */
export function buildSnapshot(deps: SnapshotDeps, config: CloudConfig, before?: Snapshot): Snapshot {
  const { dialects, network } = deps;
  const providers = new Map(
    config.providers.map((declared) => {
      const options = deps.secrets ? withValues(declared, deps.secrets) : declared;
      const known = before?.providers?.get(options.name);
      return [options.name, known?.isOf(options) ? known : new Provider(options, dialects, network)];
    }),
  );
  const declared = new Map(config.providers.map((provider) => [provider.name, provider]));
  const isolated = new Set(config.projects.filter((project) => project.isolate_cache).map(({ name }) => name));
  return {
    providers,
    models: new Map(
      config.models.map((model): [string, ModelEntry] => {
        const charge = model.charge === undefined ? undefined : parseCharge(model.charge);
        const local: Target | undefined = model.local && {
          provider: localProvider,
          model: model.name,
          priority: model.local.priority,
          weight: model.local.weight,
          prices: model.price === undefined ? freePrices : parsePrices(model.price),
          charge,
          upstream: deps.localUpstream(model.name),
        };
        const unpriced: string[] = [];
        const remote = (model.targets ?? []).flatMap((target): Target[] => {
          const provider = must(providers.get(target.provider), "targets name providers that exist");
          const known = pricesOfTarget(model, target, declared.get(target.provider), deps.catalog);
          if (known === undefined) {
            unpriced.push(provider.name);
            return [];
          }
          const { priority, weight } = target;
          const prices = parsePrices(known);
          const upstream = new ProviderTarget(provider, target.model, {
            api: target.api,
            isolated,
            serviceTiers: tiersOf(prices),
          });
          return [{ provider: provider.name, model: target.model, priority, weight, prices, charge, upstream }];
        });
        const targets = local ? [local, ...remote] : remote;
        return [model.name, { name: model.name, targets, unpriced, contextTokens: model.local?.context }];
      }),
    ),
    projects: new Map(
      config.projects.map((project) => [project.name, project.models ? new Set(project.models) : null]),
    ),
    storedAnswers: new Map(
      config.projects.flatMap(({ name, stored_answers: terms }) =>
        terms === undefined ? [] : [[name, terms === false ? null : terms]],
      ),
    ),
    forgetful: new Set(config.projects.filter((project) => project.keep_reasoning === false).map(({ name }) => name)),
    ...(config.cors && { origins: new Set(config.cors.origins) }),
  };
}

/** The service tiers that any of the prices knows. */
function tiersOf(prices: DatedPrices): ReadonlySet<string> {
  return new Set(prices.flatMap(({ price }) => Object.keys(price.serviceTiers ?? {})));
}
