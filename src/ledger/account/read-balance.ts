import type { Nano } from "../../base/money.ts";
import type { Caller } from "../keys.ts";
import type { AccountStore, MeterView } from "../store/account-store.ts";
import { wholeScope } from "../store/scope.ts";
import { metersOf, type BoundMeter } from "./meters-of.ts";
import type { ProjectAccounts } from "./project-accounts.ts";

/** What a caller may still spend. */
export interface BalanceLeft {
  currency: string;
  left: Nano;
  /** Whether it is what was topped up; else it is left of a budget. */
  isToppedUp: boolean;
}

/** What is left in the tightest of the budgets and balances that bound a caller; undefined where none does. Soft budgets do not. */
export async function readBalance(
  store: Pick<AccountStore, "openMeters" | "readMeters">,
  caller: Pick<Caller, "keyId" | "bounds">,
  project: ProjectAccounts,
  timeMs: number,
): Promise<BalanceLeft | undefined> {
  const { currency } = project;
  const all = (await readMoneyLeft(store, metersOf(caller, project, timeMs).meters, timeMs)).map(
    ({ terms, left }): BalanceLeft => ({ currency, left, isToppedUp: terms.measure === "balance" }),
  );
  if (all.length === 0) return undefined;
  return all.reduce((tightest, one) => (one.left < tightest.left ? one : tightest));
}

/** What is left of a budget or balance, and what that was. */
export interface MoneyLeft {
  terms: BoundMeter["terms"];
  limit: Nano;
  left: Nano;
}

/** What is left of those of the meters that bound money: budgets and balances, no soft budgets. */
export async function readMoneyLeft(
  store: Pick<AccountStore, "openMeters" | "readMeters">,
  meters: readonly BoundMeter[],
  timeMs: number,
): Promise<MoneyLeft[]> {
  const bound = meters.filter(
    ({ terms, limit }) => (terms.measure === "budget" && limit !== undefined) || terms.measure === "balance",
  );
  if (bound.length === 0) return [];
  const accounts = [...new Set(bound.map(({ terms }) => terms.account))];
  const read = async () =>
    new Map((await store.readMeters(wholeScope, accounts, timeMs)).map((view) => [view.id, view]));
  let views = await read();
  const missing = bound.filter(({ terms }) => terms.measure === "budget" && !views.has(terms.id));
  if (missing.length > 0) {
    await store.openMeters(missing.map(({ terms }) => terms));
    views = await read();
  }
  return bound.map(({ terms, limit: declared }) => {
    const view = views.get(terms.id);
    const limit = (terms.measure === "balance" ? view?.credit : declared) ?? 0n;
    return { terms, limit, left: leftOf(limit, view) };
  });
}

function leftOf(limit: Nano, view: MeterView | undefined): Nano {
  const left = limit - (view ? view.spent + view.leased - view.idle : 0n);
  return left > 0n ? left : 0n;
}
