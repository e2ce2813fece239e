import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/schema.d.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { Input } from "../../ui/input.tsx";
import { toast } from "../../ui/toast.tsx";
import { useModelChanges } from "./queries.ts";

type Local = NonNullable<Model["local"]>;

const number = { type: "number", min: 0 } as const;
const fields = [
  { key: "slots", label: "local.slots", hint: "settings.slotsHint", ...number, required: true, min: 1, max: 256 },
  {
    key: "context",
    label: "fact.context",
    hint: "settings.contextHint",
    ...number,
    required: true,
    min: 64,
    max: 10_000_000,
  },
  { key: "keepAlive", label: "fact.keepAlive", hint: "settings.keepAliveHint", required: false },
  { key: "cacheRam", label: "settings.cache", hint: "settings.cacheHint", ...number, required: false, max: 1_048_576 },
] as const;

/** How a model of this machine runs: its slots, their context, and what it holds of memory for how long. */
export function LocalDialog({ name, local, onClose }: { name: string; local: Local; onClose: () => void }) {
  const { t } = useTranslation("models");
  const { save } = useModelChanges();
  const before = textsOf(local);
  const [texts, setTexts] = useState(before);
  const set = (field: keyof typeof texts) => (event: { target: { value: string } }) =>
    setTexts({ ...texts, [field]: event.target.value });
  const isChanged = (field: keyof typeof texts) => texts[field].trim() !== before[field];
  const optional = (text: string) => (text.trim() === "" ? null : Number(text));
  const changes = {
    ...(isChanged("slots") && { slots: Number(texts.slots) }),
    ...(isChanged("context") && { context: Number(texts.context) }),
    ...(isChanged("keepAlive") && { keep_alive: keepAliveOf(texts.keepAlive.trim()) }),
    ...(isChanged("cacheRam") && { cache_ram: optional(texts.cacheRam) }),
  };
  const submit = async () => {
    if (Object.keys(changes).length === 0) return onClose();
    const saved = await save.mutateAsync({ name, body: { local: changes }, isNew: false }).catch(() => undefined);
    if (!saved) return;
    toast(t("saved", { name }));
    onClose();
  };
  return (
    <FormDialog
      title={t("settings.title", { name })}
      description={t("settings.text")}
      submitText={t("save")}
      cancelText={t("cancel")}
      isBusy={save.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {fields.map(({ key, label, hint, ...input }) => (
          <Field key={key} label={t(label)} hint={t(hint)}>
            {(own) => (
              <Input
                {...own}
                {...input}
                isCode
                value={texts[key]}
                placeholder={input.required ? undefined : t("settings.usual")}
                onChange={set(key)}
              />
            )}
          </Field>
        ))}
      </div>
      {save.error && <ErrorNote error={save.error} />}
    </FormDialog>
  );
}

/** A bare number is seconds. */
function keepAliveOf(text: string): string | number | null {
  if (text === "") return null;
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

function textsOf({ slots, context, keep_alive: keepAlive, cache_ram: cacheRam }: Local) {
  return {
    slots: String(slots),
    context: String(context),
    keepAlive: keepAlive === null ? "" : String(keepAlive),
    cacheRam: cacheRam === null ? "" : String(cacheRam),
  };
}
