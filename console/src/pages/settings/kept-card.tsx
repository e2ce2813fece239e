import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/api-error.ts";
import type { Settings } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Field } from "../../ui/field.tsx";
import { Input } from "../../ui/input.tsx";
import { toast } from "../../ui/toast.tsx";
import { useSettingsChange } from "./queries.ts";

const linesMax = 100;

/** How long records are kept, what local models may hold, whose pages may call models. */
export function KeptCard({ settings }: { settings: Settings }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const change = useSettingsChange();
  const [days, setDays] = useState(settings.retention.usage_days === null ? "" : String(settings.retention.usage_days));
  const [memory, setMemory] = useState(settings.memory.budget ?? "");
  const [origins, setOrigins] = useState(settings.cors.origins.join(" "));
  const isOfFile = (setting: { managed_by: string | null }) => setting.managed_by === "file";
  const hintOf = (setting: { managed_by: string | null }, hint: string) =>
    isOfFile(setting) ? t("kept.byFile") : hint;
  const originList = origins
    .split(/[\s,]+/)
    .filter(Boolean)
    .slice(0, linesMax);
  const body = {
    ...(days !== String(settings.retention.usage_days ?? "") && {
      retention: { usage_days: days.trim() === "" ? null : Number(days) },
    }),
    ...(memory !== (settings.memory.budget ?? "") && {
      memory: { budget: memory.trim() === "" ? null : memory.trim() },
    }),
    ...(originList.join(" ") !== settings.cors.origins.join(" ") && { cors: { origins: originList } }),
  };
  const save = async () => {
    const saved = await change.mutateAsync(body).catch(() => undefined);
    if (saved) toast(t("saved"));
  };
  return (
    <Card title={t("kept.title")} description={t("kept.text")}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field label={t("kept.days")} hint={hintOf(settings.retention, t("kept.daysHint"))}>
          {(own) => (
            <Input
              {...own}
              isCode
              type="number"
              min={7}
              max={36_500}
              disabled={isOfFile(settings.retention)}
              value={days}
              placeholder={t("kept.forever")}
              onChange={(event) => setDays(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("kept.memory")} hint={hintOf(settings.memory, t("kept.memoryHint"))}>
          {(own) => (
            <Input
              {...own}
              isCode
              disabled={isOfFile(settings.memory)}
              value={memory}
              placeholder="8GB"
              onChange={(event) => setMemory(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("kept.origins")} hint={hintOf(settings.cors, t("kept.originsHint"))}>
          {(own) => (
            <Input
              {...own}
              isCode
              disabled={isOfFile(settings.cors)}
              value={origins}
              placeholder="https://app.example.com"
              onChange={(event) => setOrigins(event.target.value)}
            />
          )}
        </Field>
        <div className="grid gap-1.5 text-[0.8125rem]">
          <span className="font-medium">{t("kept.content")}</span>
          {settings.content_logs.length === 0 ? (
            <span className="text-muted">{t("kept.noContent")}</span>
          ) : (
            <ul className="flex flex-wrap gap-1.5">
              {settings.content_logs.slice(0, linesMax).map(({ project, days: kept }) => (
                <li key={project} className="max-w-full">
                  <Badge tone="warn">{t("kept.contentOf", { project, count: kept, days: format.number(kept) })}</Badge>
                </li>
              ))}
            </ul>
          )}
        </div>
        {change.error && <ErrorNote error={change.error instanceof ApiError ? change.error : String(change.error)} />}
        <div>
          <Button type="submit" tone="primary" isBusy={change.isPending} disabled={Object.keys(body).length === 0}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
