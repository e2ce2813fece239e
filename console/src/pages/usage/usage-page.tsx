import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ChartColumn, Download, Table2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import { buttonClass } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Controls } from "./controls.tsx";
import { filtersIn, reportQuery, useReport, useTotals } from "./queries.ts";
import { endOfMinute, rangeOf } from "./range.ts";
import { parseUsageSearch } from "./search.ts";
import { ReportCard } from "./report-card.tsx";
import { totalsOf, type Series } from "./series.ts";
import { TopTable } from "./top-table.tsx";
import { TotalsRow } from "./totals-row.tsx";

const route = getRouteApi("/console/usage");
/** What was used and what it cost, over time, by whom and for what. */
export function UsagePage() {
  const { t } = useTranslation("usage");
  const format = useFormat();
  const search = route.useSearch();
  const navigate = useNavigate();
  const [openedMs] = useState(() => endOfMinute(Date.now()));
  const { range: rangeName, from, to } = search;
  const range = useMemo(
    () =>
      rangeOf(
        { ...(rangeName && { range: rangeName }), ...(from !== undefined && to !== undefined && { from, to }) },
        new Date(openedMs),
      ),
    [rangeName, from, to, openedMs],
  );
  const filters = filtersIn(search);
  const { by = "model", measure = "cost" } = search;
  const totals = useTotals(range, filters);
  const now = useMemo(() => totalsOf(totals.data?.now ?? []), [totals.data]);
  const before = useMemo(() => totalsOf(totals.data?.earlier ?? []), [totals.data]);
  const currencies = now.map((one) => one.currency);
  const currency =
    search.currency !== undefined && currencies.includes(search.currency) ? search.currency : currencies[0];
  const report = useReport(by, range, filters, currency);
  const shown = now.find((one) => one.currency === currency);
  const nameOf = (series: Series) =>
    series.value === undefined
      ? t("others", { count: report.data?.more ?? 0 })
      : series.name === ""
        ? t(by === "model" ? "unknownModel" : "unnamed")
        : series.name;
  const error = totals.error ?? report.error;
  const csv = new URLSearchParams({ format: "spreadsheet" });
  for (const [name, value] of Object.entries({ ...reportQuery(by, range, filters, currency), limit: 10_000 }))
    csv.set(name, String(value));
  return (
    <Page
      title={t("title")}
      description={t("text")}
      isWide
      actions={
        <a className={buttonClass()} href={`/admin/v1/usage?${csv.toString()}`} download>
          <Download size={15} aria-hidden />
          {t("csv")}
        </a>
      }
    >
      <div className="grid gap-5">
        <Controls
          search={search}
          currencies={currencies}
          currency={currency}
          onChange={(changes) =>
            void navigate({ to: "/console/usage", search: parseUsageSearch({ ...search, ...changes }), replace: true })
          }
        />
        {error && <ErrorNote error={error} onRetry={() => void Promise.all([totals.refetch(), report.refetch()])} />}
        {totals.isPending && !error && <Skeleton lines={3} className="h-24" />}
        {totals.data && !shown && (
          <Card>
            <EmptyState
              icon={<ChartColumn size={22} aria-hidden />}
              title={t("empty.title")}
              action={
                <Link to="/" className={buttonClass({ tone: "primary" })}>
                  {t("empty.action")}
                </Link>
              }
            >
              {t("empty.text")}
            </EmptyState>
          </Card>
        )}
        {shown && <TotalsRow now={shown} before={before.find((one) => one.currency === shown.currency)} />}
        {shown && !report.data && !error && <Skeleton className="h-80" />}
        {shown && report.data && (
          <>
            <ReportCard
              report={report.data}
              by={by}
              measure={measure}
              currency={shown.currency}
              interval={range.interval}
              nameOf={nameOf}
            />
            {report.data.cut_off !== null && (
              <p className="flex items-center gap-2 text-xs text-muted">
                <Table2 size={14} aria-hidden />
                {t("cutOff", { time: format.fullTime(report.data.cut_off) })}
              </p>
            )}
            <TopTable report={report.data} by={by} measure={measure} nameOf={nameOf} />
          </>
        )}
      </div>
    </Page>
  );
}
