import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useSpending } from "./queries.ts";

const modelsShown = 8;

/** What a project has spent on each model, the dearest first. */
export function Spending({ project }: { project: string }) {
  const { t } = useTranslation("projects");
  const format = useFormat();
  const report = useSpending(project);
  if (report.error) return <ErrorNote error={report.error} onRetry={() => void report.refetch()} />;
  if (!report.data) return <Skeleton lines={3} className="h-6" />;
  const rows = report.data.rows.toSorted((a, b) => Number(b.cost) - Number(a.cost) || b.requests - a.requests);
  if (rows.length === 0) return <p className="text-sm text-muted">{t("spending.none")}</p>;
  return (
    <ul className="grid gap-2.5 text-sm">
      {rows.slice(0, modelsShown).map(({ group, currency, cost, requests }) => (
        <li key={`${group} ${currency}`} className="flex min-w-0 items-baseline justify-between gap-3">
          <span className="grid min-w-0 justify-items-start">
            <span className="ltr max-w-full truncate font-medium" title={group}>
              {group || "–"}
            </span>
            <span className="text-xs text-muted">
              {t("spending.requests", { count: requests, shown: format.number(requests) })}
            </span>
          </span>
          <span className="ltr shrink-0 tabular-nums">{format.money(cost, currency)}</span>
        </li>
      ))}
      {rows.length > modelsShown && (
        <li className="text-xs text-muted">
          {t("spending.more", { count: rows.length - modelsShown, shown: format.number(rows.length - modelsShown) })}
        </li>
      )}
    </ul>
  );
}
