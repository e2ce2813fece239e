import { SahabError } from "../base/errors.ts";
import type { DeclaredPrice } from "../base/declared-price.ts";
import type { ModelEntry, Snapshot, Target } from "../config/index.ts";
import { showList } from "../base/show-list.ts";
import { isForText, parsePrices, priceAt } from "../ledger/index.ts";
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
  const targets: Target[] = [];
  const offered: ModelEntry[] = [];
  for (const [name, entry] of snapshot.models) {
    // Aliases lead to an entry that stands under its own name, too.
    if (name !== entry.name) continue;
    if (entry.owner !== undefined) {
      if (entry.owner === provider.name) offered.push(entry);
      continue;
    }
    for (const target of entry.targets) if (isAt(target, provider)) targets.push(target);
  }
  // Several models may lead to one of the vendor's, each at a price of its own: the preferred one is asked.
  const declared = new Map<string, Target>();
  for (const target of targets.sort((a, b) => a.priority - b.priority))
    if (!declared.has(target.model)) declared.set(target.model, target);
  return { declared: [...declared.values()], offered };
}

interface Known {
  catalog: Pick<Catalog, "findModel">;
  /** What the vendor lists; undefined where that is not known. */
  listed: readonly string[] | undefined;
}

/**
 * The model's target that is asked for a token. Throws where the provider has no such model, and where it has no price, since then
 * nobody could say what the test costs.
 */
export function namedTarget(snapshot: Snapshot, provider: Provider, name: string, { catalog, listed }: Known): Target {
  const entries = [name, `${provider.name}/${name}`].flatMap(
    (one) => snapshot.models.get(one) ?? snapshot.names?.find(one) ?? [],
  );
  for (const entry of entries) {
    const target = entry.targets.find((one) => isAt(one, provider));
    if (target) return target;
  }
  const own = modelsAt(snapshot, provider);
  const { declared } = own;
  const same = declared.find(({ model }) => model === name);
  if (same) return same;
  const model = name.startsWith(`${provider.name}/`) ? name.slice(provider.name.length + 1) : name;
  const known = catalog.findModel(provider.catalogPart, model);
  const prices = known ? pricesOf(known) : [];
  if (prices.length > 0) return targetOf(provider, model, prices);
  if (!listed || !createModelFinder(listed)(model)) {
    const there = namesOf(provider, own, listed);
    const found = there.length === 0 ? "no model of it is known here" : `it has ${showList(there)}`;
    const way = listed ? "" : "; where the vendor has it, give it a price in cloud.yaml";
    throw new SahabError("not_found", `provider ${provider.name} has no model "${model}"; ${found}${way}`);
  }
  throw new SahabError(
    "model_not_priced",
    `${model} has no known price at provider ${provider.name}; give it one in cloud.yaml (price: free where it costs nothing)`,
  );
}

/** The vendor's own list, else what is known here: those of the configuration, and those of the catalogue. */
function namesOf({ name }: Provider, { declared, offered }: TestModels, listed?: readonly string[]): readonly string[] {
  return (
    listed ?? [...declared.map(({ model }) => model), ...offered.map((entry) => entry.name.slice(name.length + 1))]
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
  { catalog, listed }: Known,
): Target | undefined {
  const has = listed && createModelFinder(listed);
  const part = provider.catalogPart;
  const mayAsk = (model: string) => {
    const isThere = !has || has(model) || provider.vendor.unlisted?.test(model) === true;
    return isThere && mayChat(model, catalog.findModel(part, model));
  };
  const own = declared.find(({ model, prices }) => mayAsk(model) && isForText(priceAt(prices, Date.now())));
  if (own) return own;
  // Models are made when they are asked for, so only the one that is chosen is.
  const cheapest = offered
    .flatMap((entry) => {
      const model = entry.name.slice(provider.name.length + 1);
      const price = entry.prices?.at(-1);
      const cost = price ? Number(price.input) + Number(price.output) : 0;
      // What has a price by the piece alone makes pictures or sounds.
      return price && (cost > 0 || !price.fees) && mayAsk(model) ? [{ entry, cost }] : [];
    })
    .sort((a, b) => a.cost - b.cost);
  for (const { entry } of cheapest.slice(0, 1)) return entry.targets.find((target) => isAt(target, provider));
  return undefined;
}
