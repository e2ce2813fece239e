import { useTranslation } from "react-i18next";
import type { Account } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge } from "../../ui/badge.tsx";
import { Meter } from "../../ui/meter.tsx";

/** What accounts may spend and send: a bar for each budget, the narrowest first. */
export function AccountMeters({ accounts }: { accounts: readonly Account[] }) {
  const { t } = useTranslation("terms");
  const bound = accounts.filter(isBound);
  if (bound.length === 0) return <p className="text-sm text-muted">{t("unbounded")}</p>;
  return (
    <div className="grid gap-6">
      {bound.map((account) => (
        <AccountMeter key={account.account} account={account} />
      ))}
    </div>
  );
}

function isBound({ windows, balance, limits, session_budget: session }: Account): boolean {
  return windows.length > 0 || balance !== null || limits.length > 0 || session !== null;
}

function AccountMeter({ account }: { account: Account }) {
  const { t } = useTranslation("terms");
  const format = useFormat();
  const { currency, windows, balance, limits, session_budget: session } = account;
  const money = (amount: string) => format.money(amount, currency);
  return (
    <section className="grid min-w-0 gap-3.5">
      <h3 className="truncate text-[0.8125rem] font-medium text-muted">{useAccountTitle(account.account)}</h3>
      {windows.map((window) => (
        <Meter
          key={`${window.period} ${window.soft} ${window.amount}`}
          label={t(`budgetOf.${window.period}`)}
          used={shareOf(window.spent, window.amount)}
          held={shareOf(window.held, window.amount)}
          text={t("spentOf", { spent: money(window.spent), amount: money(window.amount) })}
          aside={
            <span className="inline-flex items-center gap-2">
              {window.soft && <Badge>{t("warnsOnly")}</Badge>}
              {t(`budgetOf.${window.period}`)}
              {window.ends_at !== null && (
                <span title={format.fullTime(window.ends_at)}>{t("renews", { when: format.ago(window.ends_at) })}</span>
              )}
            </span>
          }
        />
      ))}
      {balance && (
        <Meter
          label={t("balance")}
          used={shareOf(balance.spent, balance.topped_up)}
          held={shareOf(balance.held, balance.topped_up)}
          text={t("spentOf", { spent: money(balance.spent), amount: money(balance.topped_up) })}
          aside={t("prepaidLeft", { left: money(balance.left) })}
        />
      )}
      {(limits.length > 0 || session !== null) && (
        <ul className="flex flex-wrap gap-2">
          {limits.map(({ measure, amount, models }) => (
            <li key={`${measure} ${models}`}>
              <Badge>
                {t(`measure.${measure}`, { amount: format.number(amount) })}
                {models !== null && <span className="ltr ms-1 font-mono">{models}</span>}
              </Badge>
            </li>
          ))}
          {session !== null && (
            <li>
              <Badge>{t("perSession", { amount: money(session) })}</Badge>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

/** "This key", "Project search-team": of `key:ID`, `project:NAME`, `organisation:NAME`. */
function useAccountTitle(account: string): string {
  const { t } = useTranslation("terms");
  const [kind = "", ...rest] = account.split(":");
  const name = rest.join(":");
  if (kind === "key") return t("account.key");
  return kind === "project" ? t("account.project", { name }) : t("account.organisation", { name });
}

/** Decimals as texts; only for the length of a bar. */
export function shareOf(part: string, whole: string): number {
  const all = Number(whole);
  return all > 0 ? Number(part) / all : Number(part) > 0 ? 1 : 0;
}
