import { useTranslation } from "react-i18next";
import { Table } from "../../ui/table.tsx";
import type { Bar, Series } from "./series.ts";

/** The numbers of the chart, for who cannot see it or wants to read them. The newest first. */
export function PointsTable({
  bars,
  series,
  nameOf,
  formatValue,
  formatSpan,
}: {
  bars: readonly Bar[];
  series: readonly Series[];
  nameOf: (series: Series) => string;
  formatValue: (value: number) => string;
  formatSpan: (since: string, isShort: boolean) => string;
}) {
  const { t } = useTranslation("usage");
  return (
    <div className="-mx-5 max-h-96 overflow-y-auto">
      <Table
        label={t("chart.table")}
        rows={bars.toReversed()}
        keyOf={({ since }) => since}
        columns={[
          {
            id: "since",
            header: t("chart.time"),
            cell: ({ since }) => formatSpan(since, false),
            className: "whitespace-nowrap",
          },
          ...series.map((one) => ({
            id: one.id,
            header: <bdi>{nameOf(one)}</bdi>,
            isNumber: true,
            cell: ({ values }: Bar) => (values[one.id] === undefined ? "–" : formatValue(values[one.id] ?? 0)),
          })),
        ]}
      />
    </div>
  );
}
