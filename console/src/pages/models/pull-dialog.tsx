import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { Input } from "../../ui/input.tsx";
import { usePullChanges } from "./queries.ts";

/** Begins to fetch a model; how far it is stands on the page. */
export function PullDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("models");
  const { begin } = usePullChanges();
  const [source, setSource] = useState("");
  const [name, setName] = useState("");
  const isReady = source.trim() !== "";
  const start = async () => {
    const body = { source: source.trim(), ...(name.trim() !== "" && { name: name.trim() }) };
    const begun = await begin.mutateAsync(body).catch(() => undefined);
    if (begun) onClose();
  };
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      asksBeforeClosing
      title={t("pull.dialog")}
      description={t("pull.text")}
      footer={
        <Button tone="primary" isBusy={begin.isPending} disabled={!isReady} onClick={() => void start()}>
          {t("pull.start")}
        </Button>
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) void start();
        }}
      >
        <Field label={t("pull.source")} hint={t("pull.sourceHint")}>
          {(own) => (
            <Input
              {...own}
              isCode
              placeholder="hf.co/OWNER/REPO:Q4_K_M"
              value={source}
              onChange={(event) => setSource(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("pull.name")} aside={t("optional")} hint={t("pull.nameHint")}>
          {(own) => <Input {...own} isCode value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {begin.error && <ErrorNote error={begin.error} />}
        <button type="submit" className="hidden" aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
