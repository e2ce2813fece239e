import type { Nano } from "../../base/money.ts";
import type { AttemptRecord } from "./attempt-columns.ts";

/** Amounts of one currency. */
export interface Amounts {
  /** What is charged. */
  cost: Nano;
  /** What providers cost by the price book. */
  providerCost: Nano;
  /** What vendors state as their own bill; null where none does. */
  vendorCost: Nano | null;
  /** What the same attempts cost by the price book; null where no vendor states a bill. */
  comparedCost: Nano | null;
}

export const noAmounts: Readonly<Amounts> = { cost: 0n, providerCost: 0n, vendorCost: null, comparedCost: null };

type Costs = Pick<AttemptRecord, "cost" | "currency" | "providerCost" | "providerCurrency" | "vendorCost">;

/** The amounts of an attempt by their currencies: one or two. `requestCurrency` is that of its request. */
export function amountsOf(attempt: Costs, requestCurrency: string): Map<string, Amounts> {
  const currency = attempt.currency ?? requestCurrency;
  const providerCurrency = attempt.providerCurrency ?? currency;
  const providerCost = attempt.providerCost ?? attempt.cost;
  // Only amounts of one currency can be compared.
  const stated = attempt.vendorCost?.currency === providerCurrency ? attempt.vendorCost.amount : null;
  const ofProvider = { providerCost, vendorCost: stated, comparedCost: stated === null ? null : providerCost };
  if (currency === providerCurrency) return new Map([[currency, { cost: attempt.cost, ...ofProvider }]]);
  return new Map([
    [currency, { ...noAmounts, cost: attempt.cost }],
    [providerCurrency, { cost: 0n, ...ofProvider }],
  ]);
}

export function addAmounts(to: Amounts, added: Readonly<Amounts>): void {
  to.cost += added.cost;
  to.providerCost += added.providerCost;
  to.vendorCost = addOptional(to.vendorCost, added.vendorCost);
  to.comparedCost = addOptional(to.comparedCost, added.comparedCost);
}

/** Takes away what was added before. */
export function takeAmounts(from: Amounts, taken: Readonly<Amounts>): void {
  from.cost -= taken.cost;
  from.providerCost -= taken.providerCost;
  if (taken.vendorCost !== null) from.vendorCost = (from.vendorCost ?? 0n) - taken.vendorCost;
  if (taken.comparedCost !== null) from.comparedCost = (from.comparedCost ?? 0n) - taken.comparedCost;
}

export function isWithoutAmounts({ cost, providerCost, vendorCost, comparedCost }: Readonly<Amounts>): boolean {
  return cost === 0n && providerCost === 0n && !vendorCost && !comparedCost;
}

function addOptional(a: Nano | null, b: Nano | null): Nano | null {
  if (b === null) return a;
  return (a ?? 0n) + b;
}
