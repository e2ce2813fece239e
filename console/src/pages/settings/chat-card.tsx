import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Settings } from "../../api/schema.d.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { Input } from "../../ui/input.tsx";
import { Switch } from "../../ui/switch.tsx";
import { toast } from "../../ui/toast.tsx";
import { useSettingsChange } from "./queries.ts";

/** What holds in the chat for everybody. */
export function ChatCard({ settings: { console: kept } }: { settings: Settings }) {
  const { t } = useTranslation("settings");
  const change = useSettingsChange();
  const keptDays = kept.conversation_days === null ? "" : String(kept.conversation_days);
  const [isLabelled, setLabelled] = useState(kept.ai_label);
  const [days, setDays] = useState(keptDays);
  const isOfFile = kept.managed_by === "file";
  const body = {
    ...(isLabelled !== kept.ai_label && { ai_label: isLabelled }),
    ...(days.trim() !== keptDays && { conversation_days: days.trim() === "" ? null : Number(days) }),
  };
  const save = async () => {
    const saved = await change.mutateAsync({ console: body }).catch(() => undefined);
    if (saved) toast(t("saved"));
  };
  return (
    <Card title={t("chat.title")} description={isOfFile ? t("kept.byFile") : t("chat.text")}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Switch
          label={t("chat.label")}
          hint={t("chat.labelHint")}
          disabled={isOfFile}
          checked={isLabelled}
          onChange={setLabelled}
        />
        <Field label={t("chat.days")} hint={t("chat.daysHint")}>
          {(own) => (
            <Input
              {...own}
              isCode
              type="number"
              min={1}
              max={36_500}
              disabled={isOfFile}
              value={days}
              placeholder={t("chat.unbounded")}
              onChange={(event) => setDays(event.target.value)}
            />
          )}
        </Field>
        {change.error && <ErrorNote error={change.error} />}
        <div>
          <Button type="submit" tone="primary" isBusy={change.isPending} disabled={Object.keys(body).length === 0}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
