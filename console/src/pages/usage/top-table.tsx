import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UsageReport } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Card } from "../../ui/card.tsx";
import { Table } from "../../ui/table.tsx";
import { colorOf } from "./colors.ts";
import type { GroupName, MeasureName } from "./search.ts";
import { measureOf, seriesOf, type Series } from "./series.ts";

/** The rows of a report, the largest first, each with its share and a way to its requests. */
export function TopTable({
  report,
  by,
  measure,
  nameOf,
}: {
  report: UsageReport;
  by: GroupName;
  measure: MeasureName;
  nameOf: (series: Series) => string;
}) {
  const { t } = useTranslation("usage");
  const format = useFormat();
  const series = seriesOf(report, measure);
  const all = [...report.rows, ...report.rest];
  const whole = all.reduce((sum, row) => sum + measureOf(row, measure), 0);
  const rows = series.flatMap((one, place) => {
    const row = one.value === undefined ? report.rest[0] : report.rows.find(({ groups }) => groups[0] === one.value);
    return row ? [{ one, row, place, share: whole === 0 ? 0 : measureOf(row, measure) / whole }] : [];
  });
  return (
    <Card title={t("top.title")} isFlush>
      <Table
        label={t("top.title")}
        rows={rows}
        keyOf={({ one }) => one.id}
        columns={[
          {
            id: "name",
            header: (
              <span className="inline-block first-letter:uppercase">
                {by.startsWith("tag:") ? by.slice(4) : t(`by.${by as "model"}`)}
              </span>
            ),
            cell: ({ one, place }) => (
              <span className="flex max-w-72 min-w-0 items-center gap-2">
                <span
                  aria-hidden
                  className="size-2.5 shrink-0 rounded-[3px]"
                  style={{ background: colorOf(one, place) }}
                />
                <RequestsLink by={by} value={one.value}>
                  <bdi className="truncate">{nameOf(one)}</bdi>
                </RequestsLink>
              </span>
            ),
          },
          {
            id: "share",
            header: t("top.share"),
            isMinor: true,
            cell: ({ share, one, place }) => (
              <span className="flex items-center gap-2">
                <span aria-hidden className="h-1.5 w-24 overflow-hidden rounded-full bg-sunken">
                  <span
                    className="block h-full rounded-full"
                    style={{ width: `${share * 100}%`, background: colorOf(one, place) }}
                  />
                </span>
                <span className="ltr text-xs text-muted tabular-nums">{format.percent(share)}</span>
              </span>
            ),
          },
          {
            id: "requests",
            header: t("total.requests"),
            isNumber: true,
            cell: ({ row }) => format.number(row.requests),
          },
          {
            id: "tokens",
            header: t("total.tokens"),
            isNumber: true,
            isMinor: true,
            cell: ({ row }) => format.tokenPair(row.input_tokens, row.output_tokens),
          },
          {
            id: "cost",
            header: t("total.cost"),
            isNumber: true,
            cell: ({ row }) => format.money(row.cost, row.currency),
          },
        ]}
      />
    </Card>
  );
}

function RequestsLink({
  by,
  value,
  children,
}: {
  by: GroupName;
  value: string | undefined;
  children: React.ReactNode;
}) {
  if (value === undefined || value === "") return <span className="min-w-0 truncate">{children}</span>;
  const search =
    by === "key"
      ? { key: value }
      : by === "user"
        ? { user: value }
        : by.startsWith("tag:")
          ? { tag: `${by.slice(4)}=${value}` }
          : { [by]: [value] };
  return (
    <Link to="/console/requests" search={search} className="min-w-0 truncate text-accent-text hover:underline">
      {children}
    </Link>
  );
}
