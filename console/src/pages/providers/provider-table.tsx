import { FlaskConical, MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Provider, Vendor } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { Table, type Column } from "../../ui/table.tsx";

/** Providers with their health, and what can be done with each. */
export function ProviderTable({
  providers,
  vendors,
  onAct,
}: {
  providers: readonly Provider[];
  vendors: readonly Vendor[];
  onAct: (act: "edit" | "test" | "remove", name: string) => void;
}) {
  const { t } = useTranslation("providers");
  const format = useFormat();
  const titleOf = (vendor: string) => vendors.find(({ name }) => name === vendor)?.title ?? vendor;
  const columns: Column<Provider>[] = [
    {
      id: "name",
      header: t("column.name"),
      className: "max-w-36 sm:max-w-72",
      cell: ({ name, vendor, address }) => (
        <div className="min-w-0">
          <div className="flex font-medium" title={name}>
            <span className="ltr min-w-0 truncate">{name}</span>
          </div>
          <div className="flex text-xs text-muted" title={address ?? undefined}>
            <span className="ltr min-w-0 truncate">{titleOf(vendor)}</span>
          </div>
        </div>
      ),
    },
    { id: "state", header: t("column.state"), cell: (provider) => <State provider={provider} /> },
    { id: "keys", header: t("column.keys"), isNumber: true, isMinor: true, cell: ({ keys }) => format.number(keys) },
    {
      id: "models",
      header: t("column.models"),
      isNumber: true,
      cell: ({ name, models, offered }) =>
        models + offered > 0 ? (
          format.number(models + offered)
        ) : (
          <Link
            to="/console/models"
            search={{ add: name }}
            className="font-medium text-accent-text underline underline-offset-4"
          >
            {t("addRoute")}
          </Link>
        ),
    },
    {
      id: "open",
      header: t("column.open"),
      isNumber: true,
      isMinor: true,
      cell: ({ in_flight: open }) => format.number(open),
    },
    {
      id: "managed",
      header: t("column.managed"),
      isMinor: true,
      cell: ({ managed_by: by }) => (by === null ? null : <Badge>{t(`managed.${by}`)}</Badge>),
    },
    {
      id: "act",
      header: <span className="sr-only">{t("column.act")}</span>,
      className: "w-px",
      cell: ({ name, managed_by: by }) => (
        <div className="flex justify-end gap-1">
          <Button
            size="small"
            icon={<FlaskConical size={15} aria-hidden />}
            aria-label={t("test.of", { name })}
            onClick={() => onAct("test", name)}
          >
            <span className="max-sm:sr-only">{t("test.action")}</span>
          </Button>
          <Menu
            trigger={
              <IconButton label={t("more", { name })} size="small" className="size-8">
                <MoreHorizontal size={17} aria-hidden />
              </IconButton>
            }
          >
            <MenuItem
              icon={<Pencil size={15} aria-hidden />}
              disabled={by === "file" || by === "environment"}
              onSelect={() => onAct("edit", name)}
            >
              {t("edit.action")}
            </MenuItem>
            <MenuSeparator />
            <MenuItem
              icon={<Trash2 size={15} aria-hidden />}
              isDanger
              disabled={by === "file" || by === "environment"}
              onSelect={() => onAct("remove", name)}
            >
              {t("remove.action")}
            </MenuItem>
          </Menu>
        </div>
      ),
    },
  ];
  return <Table label={t("title")} columns={columns} rows={providers} keyOf={({ name }) => name} />;
}

function State({ provider: { fault, resting } }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  if (fault !== null)
    return (
      <span title={fault}>
        <Badge tone="bad">{t("state.fault")}</Badge>
      </span>
    );
  if (resting > 0) return <Badge tone="warn">{t("state.resting", { count: resting })}</Badge>;
  return <Badge tone="good">{t("state.ok")}</Badge>;
}
