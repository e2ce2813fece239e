import { askSimilar } from "../../base/find-similar.ts";
import { priceInForce } from "../../base/price-in-force.ts";
import { findModel, modelsOf, pricesOf } from "../../vendor/index.ts";
import { PlanFault } from "../sheet/index.ts";
import type { TokenPrices } from "./add-token-prices.ts";

/**
 * The catalogue's prices of a vendor's model at a time, by the catalogue's name of the vendor's part: `deepseek`, `alibaba-cn`. Where
 * prices depend on the prompt's length, the one of short prompts. Throws PlanFault where there is no price.
 */
export function cataloguePrices(part: string, id: string, timeMs: number): TokenPrices {
  const model = findModel(part, id);
  if (!model) {
    const known = modelsOf(part).map((model) => model.id);
    if (known.length === 0) throw new PlanFault(`Cannot find vendor ${JSON.stringify(part)} in the catalogue`);
    throw new PlanFault(
      `Cannot find ${JSON.stringify(id)} among the ${known.length} models of ${part}${askSimilar(id, known)}`,
    );
  }
  const price = priceInForce(pricesOf(model), timeMs);
  if (!price) throw new PlanFault(`Cannot tell what ${part}/${model.id} costs: the catalogue knows no price of it`);
  const { currency, input, cached_input: cachedInput, output, source } = price;
  return { currency, input, cachedInput, output, source: source ?? `${part}/${model.id} by ${model.source}` };
}
