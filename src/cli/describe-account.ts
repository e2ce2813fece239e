import { formatTable } from "./print.ts";
import { showMoment } from "./show-time.ts";

/** As the admin API shows it. */
export interface Account {
  account: string;
  currency: string;
  windows: {
    period: string;
    soft: boolean;
    amount: string;
    spent: string;
    held: string;
    left: string;
    ends_at: string | null;
  }[];
  balance: { topped_up: string; spent: string; held: string; left: string } | null;
  limits: { measure: string; amount: number; models: string | null }[];
  session_budget: string | null;
}

/** What accounts may spend and send, and what is left of it: a table of money, and a line for each limit. */
export function describeAccounts(accounts: readonly Account[]): string {
  const rows = accounts.flatMap(({ account, currency, windows, balance }) => [
    ...windows.map(({ period, soft, amount, spent, held, left, ends_at: ends }) => [
      account,
      soft ? `${period} (soft)` : period,
      `${amount} ${currency}`,
      spent,
      held,
      left,
      ends === null ? "never" : showMoment(ends),
    ]),
    ...(balance
      ? [[account, "balance", `${balance.topped_up} ${currency}`, balance.spent, balance.held, balance.left, "never"]]
      : []),
  ]);
  const limits = accounts.flatMap(({ account, currency, limits, session_budget: session }) => [
    ...limits.map(
      ({ measure, amount, models }) =>
        `${account}: at most ${amount} ${units[measure] ?? measure}${models === null ? "" : ` for ${models}`}`,
    ),
    ...(session === null ? [] : [`${account}: at most ${session} ${currency} for each session`]),
  ]);
  const parts = [
    rows.length === 0
      ? "No budget applies to it."
      : formatTable(["ACCOUNT", "BUDGET", "AMOUNT", "SPENT", "HELD", "LEFT", "ENDS"], rows),
    limits.join("\n"),
  ];
  return `\n${parts.filter((part) => part !== "").join("\n\n")}`;
}

const units: Readonly<Record<string, string>> = {
  requests: "requests a minute",
  tokens: "tokens a minute",
  concurrency: "requests at a time",
};
