import type { DeclaredPrices } from "../base/declared-price.ts";
import { catalogPartOf, pricesOf, type Catalog } from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";

/** The price book beside what a configuration declares. */
export type KnownPrices = Pick<Catalog, "findModel"> & Partial<Pick<Catalog, "modelsOf">>;

type Model = CloudConfig["models"][number];

/** What a model costs at a provider: by the target, by the model, or by the catalogue; undefined where nobody knows. */
export function pricesOfTarget(
  model: Pick<Model, "price">,
  target: NonNullable<Model["targets"]>[number],
  provider: ProviderConfig | undefined,
  catalog: KnownPrices | undefined,
): DeclaredPrices | undefined {
  return target.price ?? model.price ?? (provider && knownPrices(provider, target.model, catalog));
}

/** What the catalogue says of a model at a provider. */
export function knownPrices(
  provider: ProviderConfig,
  model: string,
  catalog: KnownPrices | undefined,
): DeclaredPrices | undefined {
  const known = catalog?.findModel(catalogPartOf(provider), model);
  const prices = known ? pricesOf(known) : [];
  return prices.length === 0 ? undefined : prices;
}
