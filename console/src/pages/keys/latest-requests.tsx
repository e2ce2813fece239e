import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UsageRecord } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { OutcomeBadge } from "../../ui/outcome-badge.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { useRequestsOf } from "./queries.ts";

/** The newest requests of a key or project, as they end. */
export function LatestRequests({ filter }: { filter: { key?: string; project?: string } }) {
  const { t } = useTranslation("keys");
  const format = useFormat();
  const requests = useRequestsOf(filter);
  const columns: Column<UsageRecord>[] = [
    { id: "time", header: t("request.time"), cell: ({ time }) => <Time iso={time} />, className: "text-muted" },
    {
      id: "model",
      header: t("request.model"),
      cell: ({ model }) => (
        <span className="ltr inline-block max-w-48 truncate align-middle font-medium" title={model}>
          {model || "–"}
        </span>
      ),
    },
    {
      id: "tokens",
      header: t("request.tokens"),
      isNumber: true,
      isMinor: true,
      cell: ({ tokens }) => format.count(tokens.input + tokens.output),
    },
    {
      id: "cost",
      header: t("request.cost"),
      isNumber: true,
      cell: ({ cost, currency }) => format.money(cost, currency),
    },
    {
      id: "status",
      header: t("column.status"),
      cell: ({ status, outcome }) => <OutcomeBadge status={status} outcome={outcome} isShort />,
    },
  ];
  if (requests.error)
    return (
      <div className="p-4">
        <ErrorNote error={requests.error} onRetry={() => void requests.refetch()} />
      </div>
    );
  if (!requests.data)
    return (
      <div className="p-5">
        <Skeleton lines={3} className="h-9" />
      </div>
    );
  if (requests.data.length === 0) return <EmptyState title={t("request.none")}>{t("request.noneText")}</EmptyState>;
  return (
    <>
      <Table label={t("detail.latest")} columns={columns} rows={requests.data} keyOf={({ id }) => id} />
      <p className="border-t border-border px-5 py-3 text-[0.8125rem]">
        <Link
          to="/console/requests"
          search={filter}
          className="font-medium text-accent-text underline underline-offset-4"
        >
          {t("request.all")}
        </Link>
      </p>
    </>
  );
}
