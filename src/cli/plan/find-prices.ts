import { askSimilar } from "../../base/find-similar.ts";
import { showList } from "../../base/show-list.ts";
import { priceInForce } from "../../base/price-in-force.ts";
import type { TokenPrices } from "../../planner/questions/index.ts";
import { Catalog, catalogPartsOf, pricesOf, vendorNames } from "../../vendor/index.ts";
import { FieldFault } from "./field-fault.ts";
import { isSameModel } from "./same-model.ts";

type VendorName = (typeof vendorNames)[number];

/** A vendor's prices, and whether they are of another model than the one that is asked about. */
export interface FoundPrices extends TokenPrices {
  isOther: boolean;
}

/**
 * A vendor's price of today for `vendor/model`, by the catalogue that comes with Sahab; `own` is the name of the model that it is compared with.
 * Throws a FieldFault for what it does not know or has no price of.
 */
export function findPrices(vendorAndModel: string, timeMs: number, own?: string): FoundPrices {
  const [, vendor = "", model = ""] = /^([^/]+)\/(.+)$/.exec(vendorAndModel) ?? [];
  if (!vendorNames.includes(vendor as VendorName))
    throw new FieldFault(
      vendorAndModel,
      vendor === "" ? "it has no vendor" : `there is no vendor ${vendor}${askSimilar(vendor, vendorNames)}`,
      `VENDOR/MODEL, such as deepseek/deepseek-chat, of the vendors ${showList(vendorNames)}`,
    );
  const catalog = new Catalog();
  const parts = catalogPartsOf(vendor as VendorName);
  const known = parts.map((part) => catalog.findModel(part, model)).find((found) => found !== undefined);
  if (!known) {
    const names = parts.flatMap((part) => catalog.modelsOf(part).map(({ id }) => id));
    throw new FieldFault(
      vendorAndModel,
      `the catalogue has no such model of ${vendor}${askSimilar(model, names)}`,
      `one of ${showList(names)}`,
    );
  }
  const price = priceInForce(pricesOf(known), timeMs);
  if (!price)
    throw new FieldFault(
      vendorAndModel,
      "the catalogue has no price of it",
      "a model with a price there; or give prices in a plan.yaml",
    );
  const { source, sources } = catalog.stored;
  const origin = sources[source];
  const isOther = own !== undefined && !isSameModel(model, own) && !isSameModel(known.name ?? model, own);
  const other = isOther ? `, by its name another model than ${own},` : "";
  return {
    isOther,
    currency: price.currency,
    input: String(price.input),
    ...(price.cached_input !== undefined && { cachedInput: String(price.cached_input) }),
    output: String(price.output),
    source: `price of ${vendorAndModel}${other} in Sahab's catalogue (${origin?.name ?? source})`,
    date: origin?.date,
  };
}
