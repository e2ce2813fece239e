import { TrendingDown, TrendingUp } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import { Stat } from "../../ui/stat.tsx";
import { changeOf, decimalOf, type Totals } from "./series.ts";

const none = { requests: 0, input: 0, cached: 0, output: 0, cost: 0n };

/** What was used in all, beside the time before. */
export function TotalsRow({ now, before }: { now: Totals; before: Totals | undefined }) {
  const { t } = useTranslation("usage");
  const format = useFormat();
  const earlier = before ?? none;
  const money = (cost: bigint) => <span className="ltr">{format.money(decimalOf(cost), now.currency)}</span>;
  return (
    <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Stat
        label={t("total.cost")}
        value={money(now.cost)}
        hint={<Change now={Number(now.cost)} before={Number(earlier.cost)} shown={money(earlier.cost)} />}
      />
      <Stat
        label={t("total.requests")}
        value={format.number(now.requests)}
        hint={<Change now={now.requests} before={earlier.requests} shown={format.number(earlier.requests)} />}
      />
      <Stat
        label={t("total.tokens")}
        value={format.count(now.input + now.output)}
        hint={
          <Change
            now={now.input + now.output}
            before={earlier.input + earlier.output}
            shown={format.count(earlier.input + earlier.output)}
          />
        }
      />
      <Stat
        label={t("total.cached")}
        value={now.input === 0 ? "–" : format.percent(now.cached / now.input)}
        hint={t("total.split", { input: format.count(now.input), output: format.count(now.output) })}
      />
    </dl>
  );
}

function Change({ now, before, shown }: { now: number; before: number; shown: ReactNode }) {
  const { t } = useTranslation("usage");
  const format = useFormat();
  const change = changeOf(now, before);
  if (change === undefined) return t("total.nothingBefore");
  // Ten times as much reads better than a thousand percent.
  const rounded = Math.round(change * 1_000) / 1_000;
  const shownChange =
    change >= 9 ? `×${format.number(Math.round(change + 1))}` : `${rounded > 0 ? "+" : ""}${format.percent(rounded)}`;
  const Arrow = change < 0 ? TrendingDown : TrendingUp;
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-x-1">
      {rounded !== 0 && <Arrow size={13} aria-hidden className="shrink-0" />}
      <span className="ltr">{shownChange}</span>
      <span className="truncate">
        {t("total.before")} {shown}
      </span>
    </span>
  );
}
