import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/schema.d.ts";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { toast } from "../../ui/toast.tsx";
import { FactList } from "./fact-list.tsx";
import { healthOf } from "./model-facts.ts";
import { useModelChanges, useProviderNames } from "./queries.ts";
import { targetsOf } from "./route-dialog.tsx";
import { isComplete, RoutesEditor, type RouteTarget } from "./routes-editor.tsx";
import { keptPrice } from "./target-price.ts";
import { TargetList } from "./target-list.tsx";

/** All that is known of a model, where its requests go and how it is there; what the console manages can be changed. */
export function ModelDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const { t } = useTranslation("models");
  const providers = useProviderNames();
  const { save, remove } = useModelChanges();
  const [targets, setTargets] = useState<RouteTarget[]>();
  const [isRemoving, setRemoving] = useState(false);
  const { name, managed_by: by } = model;
  const isOurs = by === "console" || by === "pull";
  const edit = () =>
    setTargets(
      model.targets.map(({ provider, model: id, priority, weight, api }) => ({
        provider,
        model: id,
        priority,
        weight,
        ...(api !== undefined && { api }),
        price: keptPrice,
        isNew: false,
      })),
    );
  const store = async () => {
    if (!targets) return;
    const body = { targets: targets.length === 0 ? null : targetsOf(targets) };
    const saved = await save.mutateAsync({ name, body, isNew: false }).catch(() => undefined);
    if (!saved) return;
    if (healthOf(saved) === "unpriced") toast(t("savedUnpriced", { name }), "bad");
    else toast(t("saved", { name }));
    setTargets(undefined);
  };
  return (
    <>
      <Dialog
        isOpen={!isRemoving}
        onOpenChange={onClose}
        size="large"
        asksBeforeClosing={targets !== undefined}
        title={<span className="ltr break-all">{name}</span>}
        description={model.facts.title ?? undefined}
        footer={
          targets ? (
            <>
              <Button onClick={() => setTargets(undefined)}>{t("cancel")}</Button>
              <Button
                tone="primary"
                isBusy={save.isPending}
                disabled={!isComplete(targets) || (targets.length === 0 && !model.local)}
                onClick={() => void store()}
              >
                {t("save")}
              </Button>
            </>
          ) : isOurs ? (
            <>
              <Button tone="quiet" icon={<Trash2 size={15} aria-hidden />} onClick={() => setRemoving(true)}>
                {t("remove.action")}
              </Button>
              <Button onClick={edit}>{t("route.edit")}</Button>
            </>
          ) : undefined
        }
      >
        <div className="grid gap-5">
          {by === "file" && <p className="text-[0.8125rem] text-muted">{t("byFile")}</p>}
          <FactList model={model} />
          <section className="grid gap-2">
            <h3 className="text-[0.8125rem] font-medium">{t("route.title")}</h3>
            {targets ? (
              <RoutesEditor targets={targets} providers={providers.data ?? []} onChange={setTargets} />
            ) : (
              <TargetList model={model} />
            )}
          </section>
          {save.error && <ErrorNote error={save.error} />}
        </div>
      </Dialog>
      <AlertDialog
        isOpen={isRemoving}
        onOpenChange={setRemoving}
        title={t("remove.title", { name })}
        confirmText={t("remove.action")}
        onConfirm={async () => {
          await remove.mutateAsync(name);
          toast(t("remove.done", { name }));
          onClose();
        }}
      >
        {t(model.local ? "remove.localText" : "remove.text")}
      </AlertDialog>
    </>
  );
}
