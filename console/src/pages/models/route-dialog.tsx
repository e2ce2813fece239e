import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ModelChanges } from "../../api/schema.d.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { Input } from "../../ui/input.tsx";
import { toast } from "../../ui/toast.tsx";
import { healthOf } from "./model-facts.ts";
import { useModelChanges, useProviderNames } from "./queries.ts";
import { isComplete, newTarget, RoutesEditor, type RouteTarget } from "./routes-editor.tsx";
import { declaredPrice } from "./target-price.ts";

/** Makes a name that clients ask for, with the places that answer: the first at `provider`. */
export function RouteDialog({ provider, onClose }: { provider?: string | undefined; onClose: () => void }) {
  const { t } = useTranslation("models");
  const providers = useProviderNames();
  const { save } = useModelChanges();
  const [name, setName] = useState("");
  const [targets, setTargets] = useState([newTarget(provider)]);
  const isReady = name.trim() !== "" && targets.length > 0 && isComplete(targets);
  const add = async () => {
    const saved = await save
      .mutateAsync({ name: name.trim(), body: { targets: targetsOf(targets) }, isNew: true })
      .catch(() => undefined);
    if (!saved) return;
    if (healthOf(saved) === "unpriced") toast(t("route.addedUnpriced", { name: saved.name }), "bad");
    else toast(t("route.added", { name: saved.name }));
    onClose();
  };
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      size="large"
      asksBeforeClosing
      title={t("route.add")}
      description={t("route.text")}
      footer={
        <Button tone="primary" isBusy={save.isPending} disabled={!isReady} onClick={() => void add()}>
          {t("route.addAction")}
        </Button>
      }
    >
      <div className="grid gap-4">
        <Field label={t("route.name")} hint={t("route.nameHint")}>
          {(own) => <Input {...own} isCode value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {providers.data?.length === 0 && <p className="text-sm text-warn">{t("route.noProviders")}</p>}
        <RoutesEditor targets={targets} providers={providers.data ?? []} onChange={setTargets} />
        {save.error && <ErrorNote error={save.error} />}
      </div>
    </Dialog>
  );
}

/** As the API takes them: it has at least one. */
export function targetsOf(targets: readonly RouteTarget[]): NonNullable<ModelChanges["targets"]> {
  return targets.map(({ price, isNew: _isNew, ...target }) => {
    const declared = declaredPrice(price);
    return { ...target, ...(declared !== undefined && { price: declared }) };
  }) as NonNullable<ModelChanges["targets"]>;
}
