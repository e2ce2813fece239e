import { PanelLeft, SlidersHorizontal, SquarePen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/cx.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { Select } from "../../ui/select.tsx";
import type { ChatSettings } from "./chat-session.ts";
import { ModelChoice } from "./model-choice.tsx";
import { useProjects } from "./projects.ts";

/** Who answers and who pays, with the ways to the list and the settings. */
export function ChatHeader({
  settings,
  onChange,
  onList,
  onNew,
  onSettings,
  isPanelOpen,
}: {
  settings: ChatSettings;
  onChange: (changes: Partial<ChatSettings>) => void;
  onList: () => void;
  onNew: () => void;
  onSettings: () => void;
  isPanelOpen: boolean;
}) {
  const { t } = useTranslation("chat");
  const projects = useProjects();
  const { project, models } = settings;
  const known = projects.includes(project) ? projects : [...projects, project];
  return (
    <header className="flex h-13 shrink-0 items-center gap-1 border-b border-border bg-surface px-2 sm:px-3">
      <IconButton label={t("list.label")} onClick={onList} className="lg:hidden">
        <PanelLeft size={18} aria-hidden className="rtl:-scale-x-100" />
      </IconButton>
      <ModelChoice models={models} onChange={(next) => onChange({ models: next })} />
      <span className="flex-1" />
      {known.length > 1 && (
        <>
          <span aria-hidden className="text-xs text-muted max-xl:hidden">
            {t("header.paidBy")}
          </span>
          <Select
            label={t("settings.project")}
            value={project}
            isSearchable={known.length > 8}
            options={known.map((name) => ({ value: name, text: name }))}
            onChange={(next) => onChange({ project: next })}
            className="max-w-52 border-transparent bg-transparent hover:bg-sunken max-md:hidden"
          />
        </>
      )}
      <IconButton label={t("list.new")} onClick={onNew} className="lg:hidden">
        <SquarePen size={17} aria-hidden />
      </IconButton>
      <IconButton
        label={t("settings.title")}
        aria-pressed={isPanelOpen}
        onClick={onSettings}
        className={cx(isPanelOpen && "xl:bg-sunken xl:text-text")}
      >
        <SlidersHorizontal size={17} aria-hidden />
      </IconButton>
    </header>
  );
}
