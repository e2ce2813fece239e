import type { Decimal, DeclaredCharge, DeclaredPrice, DeclaredPrices } from "../base/declared-price.ts";
import { inOrder } from "../base/price-in-force.ts";
import { listOfPrices } from "./price-schema.ts";

/** What is odd about a charge beside what a model costs at its targets; undefined for usual ones. `free` is meant. */
export function describeChargeDoubt(
  charge: DeclaredCharge | undefined,
  costs: readonly (DeclaredPrices | undefined)[],
): string | undefined {
  if (charge === undefined || charge === "free") return undefined;
  if ("factor" in charge) return describeFactor(charge.factor);
  // The last one is what holds in the end.
  const charged = inOrder(listOfPrices(charge)).at(-1);
  for (const cost of costs) {
    const paid = inOrder(listOfPrices(cost)).at(-1);
    const doubt = charged && paid && describeDifference(charged, paid);
    if (doubt !== undefined) return doubt;
  }
  return undefined;
}

/** No usual addition to a price; a percentage in the place of a factor is. */
const factorMax = 10;

function describeFactor(factor: Decimal): string | undefined {
  if (Number(factor) > factorMax) return `is charged ${factor} times what it costs; for 20 % more, write 1.2`;
  return Number(factor) < 1 ? `is charged ${factor} times what it costs, so less; for 20 % more, write 1.2` : undefined;
}

function describeDifference(charged: DeclaredPrice, paid: DeclaredPrice): string | undefined {
  if (charged.currency !== paid.currency)
    return `is charged in ${charged.currency} and costs ${paid.currency}; amounts of different currencies are never converted or compared`;
  const lower = (["input", "output"] as const).find((name) => Number(charged[name]) < Number(paid[name]));
  if (lower !== undefined)
    return `is charged ${charged[lower]} ${charged.currency} for ${lower}, less than the ${paid[lower]} that it costs`;
  const [name, fee] = Object.entries(paid.fees ?? {}).find(([at, cost]) => feeOf(charged, at) < Number(cost)) ?? [];
  return name === undefined
    ? undefined
    : `is charged ${feeOf(charged, name)} ${charged.currency} for each ${name}, less than the ${fee} that it costs`;
}

function feeOf({ fees = {} }: DeclaredPrice, name: string): number {
  return Object.hasOwn(fees, name) ? Number(fees[name]) : 0;
}
