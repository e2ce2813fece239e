import { useTranslation } from "react-i18next";
import { Field } from "../../ui/field.tsx";
import { Input } from "../../ui/input.tsx";
import { NamesInput } from "../../ui/names-input.tsx";
import { Select } from "../../ui/select.tsx";
import { TermsFields } from "../terms/terms-fields.tsx";
import { expiryChoices, type KeyDraft } from "./key-draft.ts";
import { useModelNames, useProjects } from "./queries.ts";

/** All that a key has. Of one that is there, project and role stay. */
export function KeyFields({
  draft,
  onChange,
  isNew,
}: {
  draft: KeyDraft;
  onChange: (draft: KeyDraft) => void;
  isNew: boolean;
}) {
  const { t } = useTranslation("keys");
  const projects = useProjects().data ?? [];
  const models = useModelNames().data ?? [];
  const project = projects.find(({ name }) => name === draft.project);
  const set = (changes: Partial<KeyDraft>) => onChange({ ...draft, ...changes });
  return (
    <div className="grid gap-5">
      <Field label={t("form.name")} hint={t("form.nameHint")}>
        {(own) => (
          <Input
            {...own}
            required
            maxLength={128}
            placeholder="ci-runner"
            value={draft.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        )}
      </Field>
      {isNew && (
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label={t("form.project")} hint={t("form.projectHint")}>
            {(own) => (
              <Select
                {...own}
                label={t("form.project")}
                value={draft.project}
                onChange={(name) => set({ project: name })}
                isSearchable={projects.length > 10}
                options={projects.map(({ name }) => ({ value: name, text: name }))}
              />
            )}
          </Field>
          <Field label={t("form.role")} hint={t(`roleHint.${draft.role}`)}>
            {(own) => (
              <Select
                {...own}
                label={t("form.role")}
                value={draft.role}
                onChange={(role) => set({ role })}
                options={(["user", "metrics", "admin"] as const).map((role) => ({
                  value: role,
                  text: t(`role.${role}`),
                }))}
              />
            )}
          </Field>
        </div>
      )}
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t("form.expiry")}>
          {(own) => (
            <Select
              {...own}
              label={t("form.expiry")}
              value={draft.expiry}
              onChange={(expiry) => set({ expiry })}
              options={expiryChoices.map((choice) => ({ value: choice, text: t(`expiry.${choice}`) }))}
            />
          )}
        </Field>
        {draft.expiry === "date" && (
          <Field label={t("form.expiryDate")}>
            {(own) => (
              <Input
                {...own}
                type="date"
                required
                value={draft.expiryDate}
                onChange={(event) => set({ expiryDate: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
      {draft.role !== "metrics" && (
        <>
          <TermsFields draft={draft.terms} onChange={(terms) => set({ terms })} currency={project?.currency ?? "USD"} />
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
        </>
      )}
      <Field label={t("form.addresses")} hint={t("form.addressesHint")}>
        {(own) => (
          <NamesInput
            {...own}
            label={t("form.addresses")}
            placeholder={t("form.addressesAll")}
            names={draft.addresses}
            onChange={(addresses) => set({ addresses })}
          />
        )}
      </Field>
    </div>
  );
}
