import type { z } from "@hono/zod-openapi";
import { formatNano } from "../base/money.ts";
import {
  metersOf,
  type AccountBounds,
  type BoundMeter,
  type MeterView,
  type ProjectAccounts,
  type Scope,
  type Store,
} from "../ledger/index.ts";
import type { accountSchema } from "./account-schemas.ts";

type AccountView = z.infer<typeof accountSchema>;

/** Whose accounts are to be shown. */
export interface AccountOwner {
  /** The account itself: `project:NAME`. */
  account: string;
  accounts: ProjectAccounts;
  /** Of a key. */
  bounds?: AccountBounds | undefined;
}

/** An account by itself, and those above it that bound it and may be seen: the narrowest first. */
export async function readAccountViews(
  store: Pick<Store, "openMeters" | "readMeters">,
  scope: Scope,
  { account, accounts, bounds }: AccountOwner,
  nowMs: number,
): Promise<AccountView[]> {
  const { meters } = metersOf({ keyId: "", bounds }, accounts, nowMs);
  const budgets = meters.filter(({ terms }) => terms.measure === "budget").map(({ terms }) => terms);
  const names = [...new Set([account, ...meters.map(({ terms }) => terms.account).toReversed()])].filter(
    // An organisation spends for projects that not everybody may see.
    (name) => scope.projects === undefined || !name.startsWith("organisation:"),
  );
  await store.openMeters(budgets);
  const views = new Map((await store.readMeters(scope, names, nowMs)).map((view) => [view.id, view]));
  const sessions = new Map([...accounts.terms, ...(bounds ? [bounds] : [])].map((one) => [one.account, one]));
  return names.map((name) => {
    const own = meters.filter(({ terms }) => terms.account === name);
    const declared = sessions.get(name);
    return {
      account: name,
      currency: accounts.currency,
      time_zone: accounts.terms.find((one) => one.account === name)?.timeZone ?? accounts.timeZone,
      windows: own.flatMap((meter) => windowsOf(meter, views.get(meter.terms.id))),
      balance: balanceOf(own, views),
      limits: own.flatMap(({ terms: { measure }, limit, models }) =>
        measure === "budget" || measure === "balance"
          ? []
          : [{ measure, amount: Number(limit), models: models?.patterns.join(", ") ?? null }],
      ),
      session_budget: declared?.sessionBudget === undefined ? null : formatNano(declared.sessionBudget),
    };
  });
}

/** Keys whose spending one list tells; of those beyond the page of each does. */
const listedOwnersMax = 1_000;

/**
 * What owners have spent of their own budgets in the windows of now, by account: a list's worth with one query. A budget that nobody
 * has asked with yet is not among them.
 */
export async function readSpending(
  store: Pick<Store, "readMeters">,
  scope: Scope,
  owners: readonly AccountOwner[],
  nowMs: number,
): Promise<Map<string, { period: string; spent: string }[]>> {
  const periods = new Map<string, { account: string; period: string }>();
  for (const { account, accounts, bounds } of owners.slice(0, listedOwnersMax))
    for (const { terms, period } of metersOf({ keyId: "", bounds }, accounts, nowMs).meters)
      if (terms.account === account && period !== undefined) periods.set(terms.id, { account, period });
  const names = [...new Set([...periods.values()].map(({ account }) => account))];
  const spending = new Map<string, { period: string; spent: string }[]>();
  for (const { id, spent } of await store.readMeters(scope, names, nowMs)) {
    const own = periods.get(id);
    if (!own) continue;
    const { account, period } = own;
    spending.set(account, [...(spending.get(account) ?? []), { period, spent: formatNano(spent) }]);
  }
  return spending;
}

/** Ends of windows beyond that are not told: the budget is for the whole time. */
const endMsMax = 8_640_000_000_000_000;

function windowsOf({ period, terms, limit, soft }: BoundMeter, view: MeterView | undefined): AccountView["windows"] {
  if (period === undefined) return [];
  const { spent, held } = amountsOf(view);
  const window = (amount: bigint, isSoft: boolean) => ({
    period,
    soft: isSoft,
    amount: formatNano(amount),
    spent: formatNano(spent),
    held: formatNano(held),
    left: formatLeft(amount - spent - held),
    starts_at: new Date(terms.startMs).toISOString(),
    ends_at: period === "total" || terms.endMs >= endMsMax ? null : new Date(terms.endMs).toISOString(),
  });
  return [...(limit === undefined ? [] : [window(limit, false)]), ...soft.map((amount) => window(amount, true))];
}

function balanceOf(own: readonly BoundMeter[], views: ReadonlyMap<string, MeterView>): AccountView["balance"] {
  const balance = own.find(({ terms }) => terms.measure === "balance");
  if (!balance) return null;
  const view = views.get(balance.terms.id);
  const { spent, held } = amountsOf(view);
  const credit = view?.credit ?? 0n;
  return {
    topped_up: formatNano(credit),
    spent: formatNano(spent),
    held: formatNano(held),
    left: formatLeft(credit - spent - held),
  };
}

/** What of a meter is spent, and what requests under way have reserved of it. */
function amountsOf(view: MeterView | undefined): { spent: bigint; held: bigint } {
  if (!view) return { spent: 0n, held: 0n };
  const held = view.leased - view.idle;
  return { spent: view.spent, held: held > 0n ? held : 0n };
}

function formatLeft(left: bigint): string {
  return formatNano(left > 0n ? left : 0n);
}
