import { assert } from "../base/assert.ts";
import { limitNames, type NameLimit } from "../base/name-limit.ts";
import type { Upstream } from "../call/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import type { ModelFacts } from "../dialect/model-facts.ts";
import {
  freePrices,
  parseCharge,
  parsePrices,
  parseRates,
  type Charge,
  type DatedPrices,
  type ProjectAccounts,
  type RateTable,
} from "../ledger/index.ts";
import {
  catalogPartOf,
  mayBeOfEnvironment,
  pricesOf,
  Provider,
  providerId,
  ProviderTarget,
  vendors,
  type Network,
  type ProviderOptions,
} from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";
import { withEnvironment, type EnvironmentProviders } from "./environment-providers.ts";
import { alertHookOf, type AlertHook } from "./alert-hook.ts";
import { answerTokensOf, factsOfModel } from "./known-facts.ts";
import type { ModelEntry, Target } from "./model-entry.ts";
import { ModelNames, type NameSources, type Offer } from "./model-names.ts";
import { pricesOfTarget } from "./prices-of-target.ts";
import { projectAccounts } from "./project-accounts.ts";
import type { ContentLogTerms } from "./schema/content-log-schema.ts";
import { storedAnswersDefault, type StoredAnswerTerms } from "./schema/project-schema.ts";
import { withOneKeyEach, withValues, type SecretValues } from "./secret/index.ts";

/** The configuration as the request path wants it: looked up, never parsed. Replaced whole when the configuration changes. */
export interface Snapshot {
  /** By their ids: a name, and `name#2` for the second of several keys. Taken over by the next snapshot where they stay the same. */
  providers?: ReadonlyMap<string, Provider>;
  /** Names of the providers that are there since their keys are in the environment. */
  environment?: ReadonlySet<string>;
  /** By every name that is known beforehand. */
  models: ReadonlyMap<string, ModelEntry>;
  /** Finds what other names lead to. */
  names?: ModelNames;
  /** Models that a project may call; null means all. A project that is not there may call none. */
  projects: ReadonlyMap<string, NameLimit | null>;
  /** What the requests of each project are admitted by. */
  accounts?: ReadonlyMap<string, ProjectAccounts>;
  /** Exchange rates. */
  rates?: RateTable;
  /** Projects that are told nothing of what came from a prefix cache. */
  isolated?: ReadonlySet<string>;
  /** Projects of which no reasoning is kept. */
  forgetful?: ReadonlySet<string>;
  /** Projects of which no session is slowed. */
  unslowed?: ReadonlySet<string>;
  /** What projects keep of answers, null for nothing; those that are not there keep what is usual. */
  storedAnswers?: ReadonlyMap<string, StoredAnswerTerms | null>;
  /** What is kept of the text of projects; those that are not there keep none. */
  contentLogs?: ReadonlyMap<string, ContentLogTerms>;
  /** Webhooks that are told when budgets are nearly used up. */
  alerts?: readonly AlertHook[];
  /** Requests of batches that run at once; undefined for what is usual. */
  batchRequests?: number;
  /** For how many days usage records are kept; undefined for ever. */
  usageDays?: number;
  /** What holds for everybody who uses the console. */
  console?: NonNullable<CloudConfig["console"]>;
  /** Whose pages may call models from a browser; undefined where nothing was said of it. */
  origins?: ReadonlySet<string>;
}

interface SnapshotDeps {
  dialects: readonly Dialect[];
  /** The engine of a local model. */
  localUpstream: (model: string) => Upstream;
  network?: Network;
  secrets?: SecretValues;
  /** Knows vendors' models, and prices that the configuration tells none of. */
  catalog?: NameSources["catalog"];
  environment?: Pick<EnvironmentProviders, "providers">;
}

/** What a project keeps of answers; undefined for nothing. */
export function storedAnswersOf({ storedAnswers }: Snapshot, project: string): StoredAnswerTerms | undefined {
  const terms = storedAnswers?.get(project);
  return terms === null ? undefined : (terms ?? storedAnswersDefault);
}

export const localProvider = "local";

/** A provider that is as it was in `before` stays, and with it its connections. */
export function buildSnapshot(deps: SnapshotDeps, stored: CloudConfig, before?: Snapshot): Snapshot {
  const { catalog, environment = { providers: [] } } = deps;
  const config = withEnvironment(stored, environment);
  const declared = new Map(config.providers.map((provider) => [provider.name, provider]));
  const providers = new Map<string, Provider>();
  const byName = new Map(
    config.providers.map((provider) => {
      const own = openProviders(deps, provider, before);
      for (const one of own) providers.set(one.id, one);
      return [provider.name, own];
    }),
  );
  const isolated = new Set(config.projects.filter((project) => project.isolate_cache).map(({ name }) => name));
  const configured = new Map(
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
        const own = byName.get(target.provider) ?? [missingProvider(deps, target.provider)];
        const options = declared.get(target.provider) ?? missingOptions(target.provider);
        const known = pricesOfTarget(model, target, options, catalog);
        if (known === undefined) {
          unpriced.push(target.provider);
          return [];
        }
        const { context, output } = catalog?.findModel(catalogPartOf(options), target.model) ?? {};
        const answerTokens = answerTokensOf({ context: model.context ?? context, output: model.output ?? output });
        return targetsAt(own, { ...target, prices: parsePrices(known), charge, answerTokens, isolated });
      });
      const targets = local ? [local, ...remote] : remote;
      let facts: ModelFacts | undefined;
      const entry = {
        name: model.name,
        targets,
        unpriced,
        // Few are ever asked for.
        get facts() {
          return (facts ??= factsOfModel(model, declared, catalog));
        },
      };
      return [model.name, entry];
    }),
  );
  const offers = config.providers
    .filter((provider) => provider.catalog)
    .map((provider): Offer => {
      const own = byName.get(provider.name) ?? [];
      return {
        name: provider.name,
        part: catalogPartOf(provider),
        isPriced: (known) => known.price !== undefined,
        targetsOf: (model, known) => {
          const api = (provider.apis ?? vendors[provider.vendor].apis).find((offered) => offered === known.api);
          const prices = parsePrices(pricesOf(known));
          return targetsAt(own, {
            model,
            priority: 1,
            weight: 1,
            api,
            prices,
            answerTokens: answerTokensOf(known),
            isolated,
          });
        },
      };
    });
  const names =
    catalog && (offers.length > 0 || config.aliases)
      ? new ModelNames(configured, { offers, catalog, aliases: config.aliases ?? {} })
      : undefined;
  return {
    providers,
    environment: new Set(config.providers.slice(stored.providers.length).map(({ name }) => name)),
    models: names?.known ?? configured,
    ...(names && { names }),
    projects: new Map(
      config.projects.map((project) => [project.name, project.models ? limitNames(project.models) : null]),
    ),
    accounts: projectAccounts(config),
    rates: parseRates(config.rates ?? []),
    storedAnswers: new Map(
      config.projects.flatMap(({ name, stored_answers: terms }) =>
        terms === undefined ? [] : [[name, terms === false ? null : terms]],
      ),
    ),
    contentLogs: new Map(
      config.projects.flatMap(({ name, content_log: terms }) => (terms === undefined ? [] : [[name, terms]])),
    ),
    isolated,
    forgetful: new Set(config.projects.filter((project) => project.keep_reasoning === false).map(({ name }) => name)),
    unslowed: new Set(config.projects.filter((project) => project.slow_loops === false).map(({ name }) => name)),
    ...(config.alerts && { alerts: config.alerts.map(alertHookOf) }),
    ...(config.batches && { batchRequests: config.batches.requests_at_once }),
    ...(config.retention && { usageDays: config.retention.usage_days }),
    ...(config.console && { console: config.console }),
    ...(config.cors && { origins: new Set(config.cors.origins) }),
  };
}

/** The service tiers that any of the prices knows. */
function tiersOf(prices: DatedPrices): ReadonlySet<string> {
  return new Set(prices.flatMap(({ price }) => Object.keys(price.serviceTiers ?? {})));
}

/** A provider for each of its keys. */
function openProviders(deps: SnapshotDeps, provider: ProviderConfig, before: Snapshot | undefined): Provider[] {
  const { dialects, network, secrets } = deps;
  return withOneKeyEach(provider).map((one) => {
    const options: ProviderOptions = { ...(secrets ? withValues(one, secrets) : one), keyPlace: one.keyPlace };
    const known = before?.providers?.get(providerId(options));
    return known?.isOf(options) ? known : new Provider(options, dialects, network);
  });
}

/** Stands for one that the environment had when the configuration was applied. It cannot be called, and says so. */
function missingProvider({ dialects, network }: SnapshotDeps, name: string): Provider {
  return new Provider({ ...missingOptions(name), lacksSecret: true }, dialects, network);
}

function missingOptions(name: string): ProviderConfig {
  assert(mayBeOfEnvironment(name), "targets name providers that are declared, or vendors");
  return { name, vendor: name, base_url: "http://unknown.invalid" };
}

interface TargetTerms {
  model: string;
  priority: number;
  weight: number;
  prices: DatedPrices;
  charge?: Charge | undefined;
  api?: string | undefined;
  /** See `answerTokensOf`. */
  answerTokens?: number | undefined;
  isolated: ReadonlySet<string>;
}

/** A target for each key of a provider. */
function targetsAt(providers: readonly Provider[], { isolated, api, answerTokens, ...terms }: TargetTerms): Target[] {
  const group = {};
  const serviceTiers = tiersOf(terms.prices);
  const { model, priority, weight, prices, charge } = terms;
  return providers.map((provider) => {
    const upstream = new ProviderTarget(provider, model, { api, answerTokens, isolated, serviceTiers });
    const { name, keyPlace, drainMs } = provider;
    const target = { provider: name, model, priority, weight, prices, charge, drainMs, upstream };
    return keyPlace === undefined ? target : { ...target, key: keyPlace, group };
  });
}
