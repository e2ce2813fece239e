import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client.ts";
import type { CreatedKey, Key } from "../../api/schema.d.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { toast } from "../../ui/toast.tsx";
import { draftKey, keyChangesOf, newKeyOf, type KeyDraft } from "./key-draft.ts";
import { KeyFields } from "./key-fields.tsx";
import { useRefresh } from "./queries.ts";

/** Makes a key, or changes one. It is mounted anew each time that it opens, so that its form begins as the key is then. */
export function KeyDialog({
  edited,
  project,
  onClose,
  onMade,
}: {
  /** The key to change; undefined for a new one. */
  edited?: Key;
  /** Of a new one. */
  project?: string | undefined;
  onClose: () => void;
  onMade?: (made: CreatedKey & Pick<KeyDraft, "name" | "role" | "models">) => void;
}) {
  const { t } = useTranslation("keys");
  const refresh = useRefresh();
  const [draft, setDraft] = useState(() => draftKey(edited, project));
  const saving = useMutation({
    mutationFn: async () => {
      if (!edited) return take(api.POST("/admin/v1/keys", { body: newKeyOf(draft) }));
      const body = keyChangesOf(draft, edited);
      await take(api.PATCH("/admin/v1/keys/{id}", { params: { path: { id: edited.id } }, body }));
      return undefined;
    },
    onSuccess: (made) => {
      refresh();
      if (made) onMade?.({ ...made, ...draft });
      else toast(t("saved", { name: draft.name.trim() }));
      onClose();
    },
  });
  return (
    <FormDialog
      title={edited ? t("editTitle", { name: edited.name }) : t("newTitle")}
      description={edited ? undefined : t("newText")}
      submitText={t(edited ? "save" : "make")}
      cancelText={t("cancel")}
      isBusy={saving.isPending}
      onSubmit={() => saving.mutate()}
      onClose={onClose}
    >
      <KeyFields draft={draft} onChange={setDraft} isNew={!edited} />
      {saving.error && <ErrorNote error={saving.error} title={t(edited ? "notSaved" : "notMade")} />}
    </FormDialog>
  );
}
