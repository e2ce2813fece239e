import type { DeclaredPrice } from "../base/declared-price.ts";
import { findSimilar } from "../base/find-similar.ts";
import { inOrder } from "../base/price-in-force.ts";
import { catalogPartOf, catalogPartsOf, pricesOf, vendorNames } from "../vendor/index.ts";
import type { ProviderConfig } from "./cloud-config.ts";
import type { KnownPrices } from "./prices-of-target.ts";

/** The price of the model that a name without a known one most probably means: at its own vendor, else the same name at any. */
export function findNearPrice(
  provider: ProviderConfig | undefined,
  model: string,
  catalog: KnownPrices | undefined,
): { name: string; price: DeclaredPrice } | undefined {
  const part = provider && catalogPartOf(provider);
  const priced = part === undefined ? [] : (catalog?.modelsOf?.(part) ?? []).filter((one) => pricesOf(one).length > 0);
  // Servers put an owner before a name: `deepseek-ai/deepseek-v3.2`.
  const bare = model.replace(/^.*\//, "");
  const similar = findSimilar(
    bare,
    priced.map(({ id }) => id),
  );
  const own = priced.find(({ id }) => id === similar);
  const found = own ?? vendorNames.flatMap(catalogPartsOf).flatMap((other) => catalog?.findModel(other, bare) ?? [])[0];
  const price = found && inOrder(pricesOf(found)).at(-1);
  return price && { name: found.id, price };
}
