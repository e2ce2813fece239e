import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Switch } from "../../ui/switch.tsx";
import { Textarea } from "../../ui/input.tsx";
import { toast } from "../../ui/toast.tsx";
import { ChangeList } from "./change-list.tsx";
import { useApply, useConfigText } from "./queries.ts";

/** The configuration as a cloud.yaml: looked at, changed, and applied after its difference was seen. */
export function ConfigCard() {
  const { t } = useTranslation(["settings", "ui"]);
  const [isWhole, setWhole] = useState(false);
  const stored = useConfigText(isWhole);
  const [typed, setTyped] = useState<string>();
  const { look, make } = useApply();
  const isChanged = typed !== undefined && typed !== stored.data;
  const leaving = useBlocker({
    shouldBlockFn: () => isChanged,
    enableBeforeUnload: () => isChanged,
    withResolver: true,
  });
  const text = typed ?? stored.data ?? "";
  const seen = look.data;
  const close = () => {
    look.reset();
    make.reset();
  };
  const apply = async () => {
    if (!seen) return;
    const applied = await make.mutateAsync({ text, plan: seen.plan }).catch(() => undefined);
    if (!applied) return;
    toast(t("config.applied", { count: applied.changes.length }));
    setTyped(undefined);
    close();
  };
  return (
    <Card title={t("config.title")} description={t("config.text")} className="lg:col-span-2">
      <div className="grid gap-4">
        <Switch label={t("config.whole")} hint={t("config.wholeHint")} checked={isWhole} onChange={setWhole} />
        {stored.error && <ErrorNote error={stored.error} onRetry={() => void stored.refetch()} />}
        {stored.isPending && <Skeleton className="h-64" />}
        {stored.data !== undefined && isWhole && <CodeBlock code={stored.data} label={t("config.title")} />}
        {stored.data !== undefined && !isWhole && (
          <>
            <Textarea
              isCode
              aria-label={t("config.title")}
              rows={16}
              value={text}
              onChange={(event) => setTyped(event.target.value)}
              className="leading-relaxed whitespace-pre"
            />
            {look.error && <ErrorNote error={look.error} />}
            <div className="flex flex-wrap gap-2">
              <Button tone="primary" isBusy={look.isPending} disabled={!isChanged} onClick={() => look.mutate(text)}>
                {t("config.look")}
              </Button>
              <Button tone="quiet" disabled={typed === undefined} onClick={() => setTyped(undefined)}>
                {t("config.reset")}
              </Button>
            </div>
          </>
        )}
      </div>
      <Dialog
        isOpen={seen !== undefined}
        onOpenChange={close}
        size="large"
        title={t("config.difference")}
        description={t("config.differenceText")}
        footer={
          <Button
            tone={seen?.changes.some(({ action }) => action === "delete") === true ? "danger" : "primary"}
            isBusy={make.isPending}
            disabled={seen?.changes.length === 0}
            onClick={() => void apply()}
          >
            {t("config.apply")}
          </Button>
        }
      >
        {seen && <ChangeList applied={seen} />}
        {make.error && <ErrorNote error={make.error} />}
      </Dialog>
      <AlertDialog
        isOpen={leaving.status === "blocked"}
        onOpenChange={(isOpen) => !isOpen && leaving.reset?.()}
        title={t("ui:leave.title")}
        confirmText={t("ui:leave.confirm")}
        cancelText={t("ui:leave.stay")}
        onConfirm={() => Promise.resolve(leaving.proceed?.())}
      >
        {t("ui:leave.text")}
      </AlertDialog>
    </Card>
  );
}
