import { SahabError } from "../base/errors.ts";
import { escapeUnprintable } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import { isPassed } from "../call/index.ts";
import type { ModelEntry, Target } from "../config/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";
import { canPrice, canPriceText, priceAt, type Price } from "../ledger/index.ts";
import { isPriced } from "./callable-models.ts";

/**
 * The targets whose price says what a call costs there. What nobody knows the price of is not called: its cost would be missing in
 * every report and budget. Throws `model_not_priced` where there are only others.
 */
export function pricedTargets(
  model: ModelEntry,
  { operation, pieces }: Pick<OpenedRequest, "operation" | "pieces">,
  timeMs: number,
): readonly Target[] {
  const { targets, unpriced = [] } = model;
  if (!isPriced(model))
    throw notPriced(
      model,
      `known price at ${showList([...new Set(unpriced)])}; an administrator can declare it in cloud.yaml with a price, or price: free where calls cost nothing, or bring the catalogue up to date: sahab catalog update`,
    );
  const isByPiece = operation === "rerank" || isPassed(operation);
  const counted = isByPiece ? [...(pieces?.kinds ?? []), ...Object.keys(pieces?.counts ?? {})] : none;
  const canTell = (price: Price | undefined) =>
    price === undefined || (isByPiece ? canPrice(price, counted) : canPriceText(price));
  const isKnown = ({ prices, charge }: Target) =>
    canTell(priceAt(prices, timeMs)) && (!charge || !("prices" in charge) || canTell(priceAt(charge.prices, timeMs)));
  // Nearly always all of them are, and no list needs to be made.
  if (targets.every(isKnown)) return targets;
  const priced = targets.filter(isKnown);
  if (priced.length > 0) return priced;
  const fees = counted.flatMap((one) => (one === "second" ? ["second", "minute", "hour"] : [one]));
  throw notPriced(
    model,
    `price for the operation "${operation}"; an administrator can declare prices of tokens, or a fee for: ${showList([...fees, "request"])}`,
  );
}

const none: readonly string[] = [];

function notPriced({ name }: ModelEntry, what: string): SahabError {
  return new SahabError("model_not_priced", `Model "${escapeUnprintable(name.slice(0, 200))}" has no ${what}`, {
    param: "model",
  });
}
