import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client.ts";
import type { Key } from "../../api/schema.d.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";
import { useRefresh } from "./queries.ts";

const overlaps = ["0", "3600", "86400", "604800"] as const;
type Overlap = (typeof overlaps)[number];

/** Puts a new key in the place of one; both are good for a while, so that nothing stands still. */
export function RotateDialog({
  rotated,
  onClose,
  onMade,
}: {
  rotated: Key;
  onClose: () => void;
  onMade: (made: { id: string; key: string }) => void;
}) {
  const { t } = useTranslation("keys");
  const refresh = useRefresh();
  const [overlap, setOverlap] = useState<Overlap>("86400");
  const rotating = useMutation({
    mutationFn: () =>
      take(
        api.POST("/admin/v1/keys/{id}/rotate", {
          params: { path: { id: rotated.id } },
          body: { overlap_seconds: Number(overlap) },
        }),
      ),
    onSuccess: (made) => {
      refresh();
      onMade(made);
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("rotate.title", { name: rotated.name })}
      description={t("rotate.text")}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button tone="primary" isBusy={rotating.isPending} onClick={() => rotating.mutate()}>
            {t("rotate.action")}
          </Button>
        </>
      }
    >
      <div className="grid gap-5">
        <Field label={t("rotate.overlap")} hint={t(overlap === "0" ? "rotate.noOverlap" : "rotate.overlapHint")}>
          {(own) => (
            <Select
              {...own}
              label={t("rotate.overlap")}
              value={overlap}
              onChange={setOverlap}
              options={overlaps.map((seconds) => ({ value: seconds, text: t(`rotate.for.${seconds}`) }))}
            />
          )}
        </Field>
        {rotating.error && <ErrorNote error={rotating.error} title={t("rotate.failed")} />}
      </div>
    </Dialog>
  );
}
