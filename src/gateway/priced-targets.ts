import { SahabError } from "../base/errors.ts";
import { showList } from "../base/show-list.ts";
import { isPassed } from "../call/index.ts";
import type { ModelEntry, Target } from "../config/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";
import { canPrice, priceAt } from "../ledger/index.ts";

/** The targets whose price says what the operation costs there. Throws `model_not_priced` where there are only others. */
export function pricedTargets(
  { name, targets }: ModelEntry,
  { operation, pieces }: OpenedRequest,
  timeMs: number,
): readonly Target[] {
  if (!isPassed(operation)) return targets;
  const counted = [...(pieces?.kinds ?? []), ...Object.keys(pieces?.counts ?? {})];
  const priced = targets.filter(({ prices }) => {
    const price = priceAt(prices, timeMs);
    return price === undefined || canPrice(price, counted);
  });
  if (priced.length > 0 || targets.length === 0) return priced;
  const fees = counted.flatMap((one) => (one === "second" ? ["second", "minute", "hour"] : [one]));
  throw new SahabError(
    "model_not_priced",
    `Model "${name}" has no price for the operation "${operation}"; an administrator can declare prices of tokens, or a fee for: ${showList([...fees, "request"])}`,
    { param: "model" },
  );
}
