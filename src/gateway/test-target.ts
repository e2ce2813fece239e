import { SahabError } from "../base/errors.ts";
import type { DeclaredPrice } from "../base/declared-price.ts";
import type { ModelEntry, Snapshot, Target } from "../config/index.ts";
import { parsePrices } from "../ledger/index.ts";
import { createModelFinder, mayChat, pricesOf, ProviderTarget, type Catalog, type Provider } from "../vendor/index.ts";

/** Finds what a provider's models are to this Sahab. */
export interface TestModels {
  /** Models of the configuration that it is asked for, the preferred first. */
  declared: readonly Target[];
  /** Models that it offers since the catalogue has them. */
  offered: readonly ModelEntry[];
}

/** A target has to be asked with the key that is tested. */
function isAt(target: Target, provider: Provider): boolean {
  return target.provider === provider.name && target.key === provider.keyPlace;
}

export function modelsAt(snapshot: Snapshot, provider: Provider): TestModels {
  const declared = new Map<string, Target>();
  const offered: ModelEntry[] = [];
  for (const [name, entry] of snapshot.models) {
    // Aliases lead to an entry that stands under its own name, too.
    if (name !== entry.name) continue;
    if (entry.owner !== undefined) {
      if (entry.owner === provider.name) offered.push(entry);
      continue;
    }
    for (const target of entry.targets) if (isAt(target, provider)) declared.set(target.model, target);
  }
  return { declared: [...declared.values()].sort((a, b) => a.priority - b.priority), offered };
}

/** The model's target that is asked for a token. Throws where it has no price, since then nobody could say what the test costs. */
export function namedTarget(
  snapshot: Snapshot,
  catalog: Pick<Catalog, "findModel">,
  provider: Provider,
  name: string,
): Target {
  const entries = [name, `${provider.name}/${name}`].flatMap(
    (one) => snapshot.models.get(one) ?? snapshot.names?.find(one) ?? [],
  );
  for (const entry of entries) {
    const target = entry.targets.find((one) => isAt(one, provider));
    if (target) return target;
  }
  const { declared } = modelsAt(snapshot, provider);
  const same = declared.find(({ model }) => model === name);
  if (same) return same;
  const model = name.startsWith(`${provider.name}/`) ? name.slice(provider.name.length + 1) : name;
  const known = catalog.findModel(provider.catalogPart, model);
  const prices = known ? pricesOf(known) : [];
  if (prices.length > 0) return targetOf(provider, model, prices);
  throw new SahabError(
    "model_not_priced",
    `nobody has told what ${model} costs at provider ${provider.name}; give it a price in cloud.yaml (price: free where it costs nothing)`,
  );
}

function targetOf(provider: Provider, model: string, prices: readonly DeclaredPrice[]): Target {
  const { name, keyPlace } = provider;
  const upstream = new ProviderTarget(provider, model);
  const target = { provider: name, model, priority: 1, weight: 1, prices: parsePrices(prices), upstream };
  return keyPlace === undefined ? target : { ...target, key: keyPlace };
}

/**
 * The target that is asked for a token where nobody names one: the first of the configuration, else the cheapest of the catalogue; one that
 * writes text, and that the vendor lists where its list is known.
 */
export function chosenTarget(
  provider: Provider,
  { declared, offered }: TestModels,
  { catalog, listed }: { catalog: Pick<Catalog, "findModel">; listed: readonly string[] | undefined },
): Target | undefined {
  const has = listed && createModelFinder(listed);
  const part = provider.catalogPart;
  const mayAsk = (model: string) => {
    const isThere = !has || has(model) || provider.vendor.unlisted?.test(model) === true;
    return isThere && mayChat(model, catalog.findModel(part, model));
  };
  const own = declared.find(({ model }) => mayAsk(model));
  if (own) return own;
  // Models are made when they are asked for, so only the one that is chosen is.
  const cheapest = offered
    .flatMap((entry) => {
      const model = entry.name.slice(provider.name.length + 1);
      const price = entry.prices?.at(-1);
      return price && mayAsk(model) ? [{ entry, cost: Number(price.input) + Number(price.output) }] : [];
    })
    .sort((a, b) => a.cost - b.cost);
  for (const { entry } of cheapest.slice(0, 1)) return entry.targets.find((target) => isAt(target, provider));
  return undefined;
}
