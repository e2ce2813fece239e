import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UsageRecord } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Table, type Column } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { ModelName } from "../../ui/model-name.tsx";
import { OutcomeBadge } from "../../ui/outcome-badge.tsx";

/** The newest requests, for pages of something else; each leads to its story. `hasKey` shows whose they are. */
export function LatestTable({
  label,
  requests,
  hasKey = false,
}: {
  label: string;
  requests: readonly UsageRecord[];
  hasKey?: boolean;
}) {
  const { t } = useTranslation("ui");
  const format = useFormat();
  const navigate = useNavigate();
  const keyColumn: Column<UsageRecord> = {
    id: "key",
    header: t("latest.key"),
    isMinor: true,
    cell: ({ key, key_name: name }) => <span className="block max-w-40 truncate">{name ?? key}</span>,
  };
  const columns: Column<UsageRecord>[] = [
    {
      id: "time",
      header: t("latest.time"),
      cell: ({ id, time }) => (
        <Link
          to="/console/requests"
          search={{ id }}
          className="hover:underline"
          onClick={(event) => event.stopPropagation()}
        >
          <Time iso={time} />
        </Link>
      ),
      className: "text-muted",
    },
    {
      id: "model",
      header: t("latest.model"),
      cell: ({ model, asked_model: asked }) => (
        <span className="flex max-w-48 min-w-0">
          <ModelName model={model} asked={asked} />
        </span>
      ),
    },
    ...(hasKey ? [keyColumn] : []),
    {
      id: "tokens",
      header: t("latest.tokens"),
      isNumber: true,
      isMinor: true,
      cell: ({ tokens }) => format.count(tokens.input + tokens.output),
    },
    {
      id: "cost",
      header: t("latest.cost"),
      isNumber: true,
      cell: ({ cost, currency }) => format.money(cost, currency),
    },
    {
      id: "status",
      header: t("latest.status"),
      cell: ({ status, outcome }) => <OutcomeBadge status={status} outcome={outcome} isShort />,
    },
  ];
  return (
    <Table
      label={label}
      columns={columns}
      rows={requests}
      keyOf={({ id }) => id}
      onRowClick={({ id }) => void navigate({ to: "/console/requests", search: { id } })}
    />
  );
}
