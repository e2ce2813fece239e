import { ChartColumn, Table2 } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UsageReport } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { useLanguage } from "../../i18n/use-language.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { colorOf } from "./colors.ts";
import { formatShortMoney } from "./format-short-money.ts";
import { formatSpan } from "./format-span.ts";
import { PointsTable } from "./points-table.tsx";
import type { Interval } from "./range.ts";
import type { GroupName, MeasureName } from "./search.ts";
import { barsOf, seriesOf, type Series } from "./series.ts";

const UsageChart = lazy(async () => ({ default: (await import("./usage-chart.tsx")).UsageChart }));

/** The report over time, as a chart or as a table. */
export function ReportCard({
  report,
  by,
  measure,
  currency,
  interval,
  nameOf,
}: {
  report: UsageReport;
  by: GroupName;
  measure: MeasureName;
  currency: string;
  interval: Interval;
  nameOf: (series: Series) => string;
}) {
  const { t } = useTranslation("usage");
  const format = useFormat();
  const { locale, direction } = useLanguage();
  const [isTable, setTable] = useState(false);
  const series = useMemo(() => seriesOf(report, measure), [report, measure]);
  const bars = useMemo(() => barsOf(report.points ?? [], series, measure), [report, series, measure]);
  const formatValue = (value: number) =>
    // A sum of floats may end in digits that nobody was charged.
    measure === "cost" ? format.money(Math.max(0, value).toFixed(9), currency) : format.count(value);
  const formatTick = (value: number) =>
    measure === "cost" ? formatShortMoney(locale, value, currency) : format.count(value);
  const span = (since: string, isShort: boolean) => formatSpan(locale, since, { interval, isShort });
  const group = by.startsWith("tag:") ? by.slice(4) : t(`by.${by as "model"}`);
  const title = t("chart.title", { measure: t(`measure.${measure}`), group });
  return (
    <Card
      title={title}
      actions={
        <Button
          size="small"
          aria-pressed={isTable}
          icon={isTable ? <ChartColumn size={15} aria-hidden /> : <Table2 size={15} aria-hidden />}
          onClick={() => setTable(!isTable)}
        >
          {t(isTable ? "chart.asChart" : "chart.asTable")}
        </Button>
      }
    >
      {isTable ? (
        <PointsTable bars={bars} series={series} nameOf={nameOf} formatValue={formatValue} formatSpan={span} />
      ) : (
        <div className="grid gap-3">
          <Suspense fallback={<Skeleton className="h-72" />}>
            <UsageChart
              bars={bars}
              series={series}
              label={`${title}. ${t("chart.readAsTable")}`}
              isRightToLeft={direction === "rtl"}
              nameOf={nameOf}
              formatValue={formatValue}
              formatTick={formatTick}
              formatSpan={span}
            />
          </Suspense>
          <ul className="flex flex-wrap gap-x-4 gap-y-1.5 text-xs text-muted">
            {series.map((one, place) => (
              <li key={one.id} className="inline-flex max-w-60 items-center gap-1.5">
                <span
                  aria-hidden
                  className="size-2.5 shrink-0 rounded-[3px]"
                  style={{ background: colorOf(one, place) }}
                />
                <bdi className="truncate">{nameOf(one)}</bdi>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}
