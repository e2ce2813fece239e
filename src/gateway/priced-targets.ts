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
  const counted = [...(pieces?.kinds ?? []), ...Object.keys(pieces?.counts ?? {})];
  const isByPiece = operation === "rerank" || isPassed(operation);
  const isKnown = (price: Price) => (isByPiece ? canPrice(price, counted) : canPriceText(price));
  const priced = targets.filter((target) =>
    pricesOf(target, timeMs).every((price) => price === undefined || isKnown(price)),
  );
  if (priced.length > 0 || targets.length === 0) return priced;
  const fees = counted.flatMap((one) => (one === "second" ? ["second", "minute", "hour"] : [one]));
  throw notPriced(
    model,
    `price for the operation "${operation}"; an administrator can declare prices of tokens, or a fee for: ${showList([...fees, "request"])}`,
  );
}

/** What it costs, and what is charged for it where that has a price of its own. */
function pricesOf({ prices, charge }: Target, timeMs: number) {
  const cost = priceAt(prices, timeMs);
  return charge && "prices" in charge ? [cost, priceAt(charge.prices, timeMs)] : [cost];
}

function notPriced({ name }: ModelEntry, what: string): SahabError {
  return new SahabError("model_not_priced", `Model "${escapeUnprintable(name.slice(0, 200))}" has no ${what}`, {
    param: "model",
  });
}
