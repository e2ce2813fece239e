import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ListedKey } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge } from "../../ui/badge.tsx";
import type { Column } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { VirtualTable } from "../../ui/virtual-table.tsx";
import { budgetsOf } from "../terms/terms-draft.ts";
import { KeyStatusBadge } from "./key-status.tsx";

const idOf = ({ id }: ListedKey) => id;

/** Keys of any number. `currencyOf` is the currency of a project's budgets. */
export function KeysTable({
  keys,
  currencyOf,
  onOpen,
}: {
  keys: readonly ListedKey[];
  currencyOf: (project: string) => string;
  onOpen: (id: string) => void;
}) {
  const { t } = useTranslation(["keys", "terms"]);
  const format = useFormat();
  const budgetOf = ({ terms, project, spending }: ListedKey) => {
    const [first, ...more] = budgetsOf(terms);
    if (!first) return undefined;
    const money = (amount: string) => format.money(amount, currencyOf(project));
    const amount = money(String(first.amount));
    const spent = spending.find(({ period }) => period === first.period)?.spent;
    return (
      <>
        {t(`terms:budgetIs.${first.period}`, {
          amount: spent === undefined ? amount : t("terms:spentOf", { spent: money(spent), amount }),
        })}
        {more.length > 0 && <span className="text-muted"> +{more.length}</span>}
      </>
    );
  };
  const columns: Column<ListedKey>[] = [
    {
      id: "name",
      header: t("column.name"),
      cell: (key) => {
        const { id, name, prefix, role } = key;
        return (
          <div className="flex min-w-0 items-center gap-2">
            <div className="min-w-0">
              <Link
                to="/console/keys/$id"
                params={{ id }}
                title={name}
                dir="auto"
                className="block w-fit max-w-full truncate font-medium hover:underline"
                onClick={(event) => event.stopPropagation()}
              >
                {name}
              </Link>
              <div className="ltr w-fit truncate font-mono text-xs text-muted max-sm:hidden">{prefix}…</div>
              {/* The other columns are beyond the edge of a narrow screen. */}
              <div className="flex items-center gap-2 text-xs text-muted sm:hidden">
                <span className="shrink-0">
                  <KeyStatusBadge of={key} />
                </span>
                <span className="truncate">{budgetOf(key)}</span>
              </div>
            </div>
            {role !== "user" && <Badge tone="info">{t(`role.${role}`)}</Badge>}
          </div>
        );
      },
    },
    {
      id: "project",
      header: t("column.project"),
      cell: ({ project }) => (
        <span title={project} dir="auto" className="block w-fit max-w-full truncate">
          {project}
        </span>
      ),
    },
    {
      id: "budget",
      header: t("column.budget"),
      cell: (key) => budgetOf(key) ?? <span className="text-muted">–</span>,
    },
    {
      id: "used",
      header: t("column.used"),
      cell: ({ last_used_at: used }) =>
        used === null ? <span className="text-muted">{t("neverUsed")}</span> : <Time iso={used} isAgo />,
    },
    {
      id: "expires",
      header: t("column.expires"),
      cell: ({ expires_at: expires }) =>
        expires === null ? <span className="text-muted">{t("never")}</span> : <Time iso={expires} isAgo />,
    },
    { id: "status", header: t("column.status"), cell: (key) => <KeyStatusBadge of={key} /> },
  ];
  return (
    <VirtualTable
      label={t("title")}
      columns={columns}
      rows={keys}
      keyOf={idOf}
      grid="minmax(13rem, 1.9fr) minmax(7rem, 1.1fr) minmax(13rem, 1.5fr) minmax(7rem, 1fr) minmax(7rem, 1fr) 7rem"
      rowHeightPx={58}
      minWidthClass="min-w-[55rem]"
      onRowClick={({ id }) => onOpen(id)}
    />
  );
}
