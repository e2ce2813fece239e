import { Plus, Signpost, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Alias, Model } from "../../api/schema.d.ts";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Input } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { toast } from "../../ui/toast.tsx";
import { useAliases, useModelChanges } from "./queries.ts";

/** Other names for models. */
export function AliasList({ models }: { models: readonly Model[] }) {
  const { t } = useTranslation("models");
  const aliases = useAliases();
  const { removeAlias } = useModelChanges();
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<string>();
  const add = (
    <Button size="small" icon={<Plus size={15} aria-hidden />} onClick={() => setAdding(true)}>
      {t("alias.add")}
    </Button>
  );
  const columns: Column<Alias>[] = [
    {
      id: "name",
      header: t("alias.name"),
      cell: ({ name }) => <code className="ltr font-mono break-all">{name}</code>,
    },
    { id: "model", header: t("alias.model"), cell: ({ model }) => <span className="ltr break-all">{model}</span> },
    {
      id: "managed",
      header: t("alias.managed"),
      isMinor: true,
      cell: ({ managed_by: by }) => (by === null ? null : <Badge>{t(`managed.${by}`)}</Badge>),
    },
    {
      id: "act",
      header: <span className="sr-only">{t("alias.act")}</span>,
      className: "w-px",
      cell: ({ name, managed_by: by }) =>
        by === "file" ? null : (
          <IconButton size="small" label={t("alias.removeOf", { name })} onClick={() => setRemoved(name)}>
            <Trash2 size={15} aria-hidden />
          </IconButton>
        ),
    },
  ];
  return (
    <>
      {aliases.error && <ErrorNote error={aliases.error} onRetry={() => void aliases.refetch()} />}
      {aliases.isPending && <Skeleton lines={3} className="h-10" />}
      {aliases.data?.length === 0 && (
        <EmptyState icon={<Signpost size={22} aria-hidden />} title={t("alias.none")} action={add}>
          {t("alias.noneText")}
        </EmptyState>
      )}
      {aliases.data && aliases.data.length > 0 && (
        <>
          <Table label={t("tab.aliases")} columns={columns} rows={aliases.data} keyOf={({ name }) => name} />
          <div className="border-t border-border px-5 py-3">{add}</div>
        </>
      )}
      {isAdding && <AliasDialog models={models} onClose={() => setAdding(false)} />}
      <AlertDialog
        isOpen={removed !== undefined}
        onOpenChange={() => setRemoved(undefined)}
        title={t("remove.title", { name: removed })}
        confirmText={t("remove.action")}
        onConfirm={async () => {
          await removeAlias.mutateAsync(removed ?? "");
          toast(t("remove.done", { name: removed }));
        }}
      >
        {t("alias.removeText")}
      </AlertDialog>
    </>
  );
}

function AliasDialog({ models, onClose }: { models: readonly Model[]; onClose: () => void }) {
  const { t } = useTranslation("models");
  const { setAlias } = useModelChanges();
  const [name, setName] = useState("");
  const [model, setModel] = useState<string>();
  const isReady = name.trim() !== "" && model !== undefined;
  const add = async () => {
    const added = await setAlias.mutateAsync({ name: name.trim(), model: model ?? "" }).catch(() => undefined);
    if (added) onClose();
  };
  return (
    <Dialog
      isOpen
      asksBeforeClosing
      onOpenChange={onClose}
      title={t("alias.add")}
      description={t("alias.noneText")}
      footer={
        <Button type="submit" form="alias" tone="primary" isBusy={setAlias.isPending} disabled={!isReady}>
          {t("alias.addAction")}
        </Button>
      }
    >
      <form
        id="alias"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) void add();
        }}
      >
        <Field label={t("alias.name")} hint={t("alias.nameHint")}>
          {(own) => <Input {...own} isCode value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t("alias.model")}>
          {(own) => (
            <Select
              {...own}
              label={t("alias.model")}
              value={model}
              onChange={setModel}
              options={models
                .filter((one) => one.leads_to === undefined)
                .slice(0, 500)
                .map((one) => ({ value: one.name, text: one.name }))}
              isSearchable
              className="w-full"
            />
          )}
        </Field>
        {setAlias.error && <ErrorNote error={setAlias.error} />}
      </form>
    </Dialog>
  );
}
