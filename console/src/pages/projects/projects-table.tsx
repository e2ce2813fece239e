import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Project } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge } from "../../ui/badge.tsx";
import { Meter } from "../../ui/meter.tsx";
import type { Column } from "../../ui/table.tsx";
import { VirtualTable } from "../../ui/virtual-table.tsx";
import { shareOf } from "../terms/account-meters.tsx";

const nameOf = ({ name }: Project) => name;

export function ProjectsTable({ projects, onOpen }: { projects: readonly Project[]; onOpen: (name: string) => void }) {
  const { t } = useTranslation(["projects", "terms"]);
  const format = useFormat();
  const columns: Column<Project>[] = [
    {
      id: "name",
      header: t("column.name"),
      cell: ({ name, organisation }) => (
        <div className="min-w-0">
          <Link
            to="/console/projects/$name"
            params={{ name }}
            title={name}
            dir="auto"
            className="block w-fit max-w-full truncate font-medium hover:underline"
            onClick={(event) => event.stopPropagation()}
          >
            {name}
          </Link>
          {organisation !== null && <div className="truncate text-xs text-muted">{organisation}</div>}
        </div>
      ),
    },
    {
      id: "budget",
      header: t("column.budget"),
      cell: ({ accounts, name }) => <FirstBudget account={accounts.find((one) => one.account === `project:${name}`)} />,
    },
    {
      id: "models",
      header: t("column.models"),
      cell: ({ models }) =>
        models === null ? (
          <span className="text-muted">{t("allModels")}</span>
        ) : (
          <span className="ltr font-mono text-[0.8125rem]" title={models.join(", ")}>
            {models.join(", ") || "–"}
          </span>
        ),
    },
    { id: "keys", header: t("column.keys"), isNumber: true, cell: ({ keys }) => format.number(keys) },
    {
      id: "by",
      header: t("column.managedBy"),
      cell: ({ managed_by: by }) =>
        by === null ? <span className="text-muted">–</span> : <Badge>{t(`managedBy.${by}`)}</Badge>,
    },
  ];
  return (
    <VirtualTable
      label={t("title")}
      columns={columns}
      rows={projects}
      keyOf={nameOf}
      grid="minmax(11rem, 1.6fr) minmax(15rem, 2fr) minmax(8rem, 1.2fr) 5rem 9rem"
      rowHeightPx={64}
      minWidthClass="min-w-[50rem]"
      heightClass="max-h-[calc(100dvh-18rem)] min-h-40"
      onRowClick={({ name }) => onOpen(name)}
    />
  );
}

/** The first of a project's budgets, or what is left of what was topped up. */
function FirstBudget({ account }: { account: Project["accounts"][number] | undefined }) {
  const { t } = useTranslation("terms");
  const format = useFormat();
  const [window] = account?.windows ?? [];
  const balance = account?.balance;
  if (!account || (!window && !balance)) return <span className="text-muted">{t("noBudgetShort")}</span>;
  const money = (amount: string) => format.money(amount, account.currency);
  if (window)
    return (
      <Meter
        label={t(`budgetOf.${window.period}`)}
        used={shareOf(window.spent, window.amount)}
        held={shareOf(window.held, window.amount)}
        text={t("spentOf", { spent: money(window.spent), amount: money(window.amount) })}
        aside={t(`budgetOf.${window.period}`)}
      />
    );
  if (!balance) return null;
  return (
    <Meter
      label={t("balance")}
      used={shareOf(balance.spent, balance.topped_up)}
      held={shareOf(balance.held, balance.topped_up)}
      text={t("spentOf", { spent: money(balance.spent), amount: money(balance.topped_up) })}
      aside={t("balance")}
    />
  );
}
