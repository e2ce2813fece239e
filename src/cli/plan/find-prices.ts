import { describeNoSuch } from "../../base/no-such.ts";
import { priceInForce } from "../../base/price-in-force.ts";
import type { TokenPrices } from "../../planner/questions/index.ts";
import { Catalog, catalogPartsOf, pricesOf, vendorNames } from "../../vendor/index.ts";
import { CommandError } from "../command-error.ts";

type VendorName = (typeof vendorNames)[number];

/**
 * A vendor's price of today for `vendor/model`, by the catalogue that comes with Sahab. Throws a CommandError for what it does not know
 * or has no price of.
 */
export function findPrices(vendorAndModel: string, timeMs: number): TokenPrices {
  const [, vendor = "", model = ""] = /^([^/]+)\/(.+)$/.exec(vendorAndModel) ?? [];
  if (!vendorNames.includes(vendor as VendorName))
    throw new CommandError(
      `Cannot find the price of ${JSON.stringify(vendorAndModel)}: expected VENDOR/MODEL, such as deepseek/deepseek-chat. ${describeNoSuch("vendor", vendor, vendorNames)}`,
    );
  const catalog = new Catalog();
  const parts = catalogPartsOf(vendor as VendorName);
  const known = parts.map((part) => catalog.findModel(part, model)).find((found) => found !== undefined);
  if (!known) {
    const names = parts.flatMap((part) => catalog.modelsOf(part).map(({ id }) => id));
    throw new CommandError(describeNoSuch("model", model, names, ` of ${vendor} in the catalogue`));
  }
  const price = priceInForce(pricesOf(known), timeMs);
  if (!price)
    throw new CommandError(`The catalogue has no price of ${vendorAndModel}; give prices in a plan.yaml instead`);
  const { source, sources } = catalog.stored;
  const origin = sources[source];
  return {
    currency: price.currency,
    input: String(price.input),
    ...(price.cached_input !== undefined && { cachedInput: String(price.cached_input) }),
    output: String(price.output),
    source: `price of ${vendorAndModel} in Sahab's catalogue (${origin?.name ?? source})`,
    date: origin?.date,
  };
}
