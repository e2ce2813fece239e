import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { LatestTable } from "../requests/latest-table.tsx";
import { useRequestsOf } from "./queries.ts";

/** The newest requests of a key or project, as they end. */
export function LatestRequests({ filter }: { filter: { key?: string; project?: string } }) {
  const { t } = useTranslation("keys");
  const requests = useRequestsOf(filter);
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
      <LatestTable label={t("detail.latest")} requests={requests.data} />
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
