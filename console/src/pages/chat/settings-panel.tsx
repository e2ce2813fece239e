import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field, type FieldControl } from "../../ui/field.tsx";
import { Input, Textarea } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import { Switch } from "../../ui/switch.tsx";
import type { ChatSettings } from "./chat-session.ts";
import { systemCharsMax } from "./fit-message.ts";
import type { Parameters } from "./chat-request.ts";
import { useProjects } from "./projects.ts";
import { keepDaysOf, useKeep } from "./use-keep.ts";
import type { AiLabel } from "./use-label.ts";

const efforts = ["", "none", "minimal", "low", "medium", "high"] as const;

/** What the next question is asked with, who pays, and how long the conversation is kept. */
export function SettingsPanel({
  settings,
  onChange,
  label,
}: {
  settings: ChatSettings;
  onChange: (changes: Partial<ChatSettings>) => void;
  label: AiLabel;
}) {
  const { t } = useTranslation("chat");
  const projects = useProjects();
  const { project, system, parameters, keepDays } = settings;
  const change = (changes: Partial<Parameters>) => onChange({ parameters: { ...parameters, ...changes } });
  const keep = useKeep(keepDays);
  const known = projects.includes(project) ? projects : [...projects, project];
  return (
    <div className="grid gap-5">
      <Field label={t("settings.project")} hint={t("settings.projectHint")}>
        {(own) => (
          <Select
            {...own}
            label={t("settings.project")}
            value={project}
            isSearchable={known.length > 8}
            options={known.map((name) => ({ value: name, text: name }))}
            onChange={(next) => onChange({ project: next })}
            className="w-full"
          />
        )}
      </Field>
      <Field label={t("settings.system")} hint={t("settings.systemHint")}>
        {(own) => <LateText own={own} value={system} onChange={(next) => onChange({ system: next })} />}
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <NumberField
          label={t("settings.temperature")}
          value={parameters.temperature}
          range={[0, 2]}
          step={0.1}
          onChange={(temperature) => change({ temperature })}
        />
        <NumberField
          label={t("settings.topP")}
          value={parameters.top_p}
          range={[0, 1]}
          step={0.05}
          onChange={(top_p) => change({ top_p })}
        />
        <NumberField
          label={t("settings.maxTokens")}
          value={parameters.max_tokens}
          range={[1, 10_000_000]}
          step={1}
          onChange={(max_tokens) => change({ max_tokens })}
        />
        <Field label={t("settings.effort")}>
          {(own) => (
            <Select
              {...own}
              label={t("settings.effort")}
              value={
                (efforts as readonly string[]).includes(parameters.reasoning_effort ?? "")
                  ? (parameters.reasoning_effort ?? "")
                  : ""
              }
              options={efforts.map((effort) => ({
                value: effort as string,
                text: effort === "" ? t("settings.usual") : t(`effort.${effort}`),
              }))}
              onChange={(effort) => change({ reasoning_effort: effort === "" ? undefined : effort })}
              className="w-full"
            />
          )}
        </Field>
      </div>
      <Switch
        label={t("settings.json")}
        hint={t("settings.jsonHint")}
        checked={parameters.json === true}
        onChange={(json) => change({ json: json || undefined })}
      />
      <Field label={t("settings.keep")} hint={t("settings.keepHint")}>
        {(own) => (
          <Select
            {...own}
            label={t("settings.keep")}
            {...keep}
            onChange={(next) => onChange({ keepDays: keepDaysOf[next] })}
            className="w-full"
          />
        )}
      </Field>
      <Switch
        label={t("settings.label")}
        hint={label.isForced ? t("settings.labelForced") : t("settings.labelHint")}
        checked={label.isOn}
        disabled={label.isForced}
        onChange={label.change}
      />
    </div>
  );
}

/** Told when the field is left, not at each letter. */
function LateText({ own, value, onChange }: { own: FieldControl; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation("chat");
  const [text, setText] = useState(value);
  const [before, setBefore] = useState(value);
  if (before !== value) {
    setBefore(value);
    setText(value);
  }
  return (
    <Textarea
      {...own}
      rows={5}
      maxLength={systemCharsMax}
      value={text}
      placeholder={t("settings.systemPlaceholder")}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => text !== value && onChange(text)}
    />
  );
}

function NumberField({
  label,
  value,
  range: [min, max],
  step,
  onChange,
}: {
  label: string;
  value: number | undefined;
  range: readonly [number, number];
  step: number;
  onChange: (value: number | undefined) => void;
}) {
  const { t } = useTranslation("chat");
  const shown = value === undefined ? "" : String(value);
  const [text, setText] = useState(shown);
  const [before, setBefore] = useState(shown);
  if (before !== shown) {
    setBefore(shown);
    setText(shown);
  }
  const number = Number(text);
  const isWrong = text.trim() !== "" && !(number >= min && number <= max && (step < 1 || Number.isInteger(number)));
  return (
    <Field label={label} error={isWrong && t("settings.between", { min, max })}>
      {(own) => (
        <Input
          {...own}
          dir="ltr"
          inputMode="decimal"
          value={text}
          placeholder={t("settings.usual")}
          onChange={(event) => setText(event.target.value)}
          onBlur={() => !isWrong && onChange(text.trim() === "" ? undefined : number)}
        />
      )}
    </Field>
  );
}
