import type { Nano } from "../../base/money.ts";
import type { Caller } from "../keys.ts";
import type { AccountStore, MeterView } from "../store/account-store.ts";
import { metersOf } from "./meters-of.ts";
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
  const bound = metersOf(caller, project, timeMs).meters.flatMap(({ terms, limit }) =>
    (terms.measure === "budget" && limit !== undefined) || terms.measure === "balance" ? [{ terms, limit }] : [],
  );
  if (bound.length === 0) return undefined;
  const accounts = [...new Set(bound.map(({ terms }) => terms.account))];
  const read = async () => new Map((await store.readMeters(accounts, timeMs)).map((view) => [view.id, view]));
  let views = await read();
  const missing = bound.filter(({ terms }) => terms.measure === "budget" && !views.has(terms.id));
  if (missing.length > 0) {
    await store.openMeters(missing.map(({ terms }) => terms));
    views = await read();
  }
  const all = bound.map(({ terms: { id, measure }, limit = 0n }): BalanceLeft => {
    const view = views.get(id);
    const isToppedUp = measure === "balance";
    return { currency, left: leftOf((isToppedUp ? view?.credit : limit) ?? 0n, view), isToppedUp };
  });
  return all.reduce((tightest, one) => (one.left < tightest.left ? one : tightest));
}

function leftOf(limit: Nano, view: MeterView | undefined): Nano {
  const left = limit - (view ? view.spent + view.leased - view.idle : 0n);
  return left > 0n ? left : 0n;
}
