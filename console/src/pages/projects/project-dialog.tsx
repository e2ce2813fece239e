import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client.ts";
import type { Project } from "../../api/schema.d.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { Input } from "../../ui/input.tsx";
import { NamesInput } from "../../ui/names-input.tsx";
import { Switch } from "../../ui/switch.tsx";
import { toast } from "../../ui/toast.tsx";
import { useModelNames, useRefresh } from "../keys/queries.ts";
import { TermsFields } from "../terms/terms-fields.tsx";
import { draftProject, newProjectOf, projectChangesOf } from "./project-draft.ts";

/** Makes a project, or changes one. It is mounted anew each time that it opens. */
export function ProjectDialog({
  edited,
  onClose,
  onMade,
}: {
  /** The project to change; undefined for a new one. */
  edited?: Project;
  onClose: () => void;
  onMade?: (name: string) => void;
}) {
  const { t } = useTranslation("projects");
  const refresh = useRefresh();
  const models = useModelNames().data ?? [];
  const [draft, setDraft] = useState(() => draftProject(edited));
  const set = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes });
  const saving = useMutation({
    mutationFn: () =>
      edited
        ? take(
            api.PATCH("/admin/v1/projects/{name}", {
              params: { path: { name: edited.name } },
              body: projectChangesOf(draft, edited),
            }),
          )
        : take(api.POST("/admin/v1/projects", { body: newProjectOf(draft) })),
    onSuccess: ({ name }) => {
      refresh();
      if (edited) toast(t("saved", { name }));
      else onMade?.(name);
      onClose();
    },
  });
  const currency = draft.currency.trim().toUpperCase() || "USD";
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
      <div className="grid gap-5 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        {!edited && (
          <Field label={t("form.name")} hint={t("form.nameHint")}>
            {(own) => (
              <Input
                {...own}
                required
                isCode
                maxLength={128}
                placeholder="search-team"
                value={draft.name}
                onChange={(event) => set({ name: event.target.value })}
              />
            )}
          </Field>
        )}
        <Field label={t("form.currency")} hint={t("form.currencyHint")}>
          {(own) => (
            <Input
              {...own}
              required
              isCode
              maxLength={3}
              value={draft.currency}
              onChange={(event) => set({ currency: event.target.value })}
            />
          )}
        </Field>
      </div>
      <TermsFields draft={draft.terms} onChange={(terms) => set({ terms })} currency={currency} />
      <Field label={t("form.models")} hint={t("form.modelsHint")}>
        {(own) => (
          <NamesInput
            {...own}
            label={t("form.models")}
            placeholder={t("form.modelsAll")}
            names={draft.models}
            onChange={(names) => set({ models: names })}
            suggestions={models}
          />
        )}
      </Field>
      <Switch
        label={t("form.prepaid")}
        hint={t("form.prepaidHint")}
        checked={draft.isPrepaid}
        onChange={(isPrepaid) => set({ isPrepaid })}
      />
      {saving.error && <ErrorNote error={saving.error} title={t(edited ? "notSaved" : "notMade")} />}
    </FormDialog>
  );
}
