import { X } from "lucide-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { ChatHeader } from "./chat-header.tsx";
import { resetDraft } from "./chat-sessions.ts";
import { ChatView } from "./chat-view.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { useModels } from "./model-choice.tsx";
import { SettingsPanel } from "./settings-panel.tsx";
import { useChat } from "./use-chat.ts";
import { useLabel } from "./use-label.ts";

/** Conversations with models: the list, the conversation, and what it is asked with. */
export function ChatPage() {
  const { t } = useTranslation("chat");
  const { c: id } = useSearch({ from: "/console/chat" });
  const navigate = useNavigate({ from: "/console/chat" });
  const label = useLabel();
  const [side, setSide] = useState<"list" | "settings">();
  const [hasPanel, setPanel] = useState(false);
  const { session, state } = useChat(id, (created) => void navigate({ search: { c: created }, replace: true }));
  const { settings, conversation } = state;
  useFirstModel(settings.models, (models) => session.change({ models }));
  const title = conversation?.title ?? "";
  useEffect(() => {
    document.title = `${title === "" ? t("title") : title} · Sahab`;
  }, [title, t]);
  const open = (next: string) => {
    setSide(undefined);
    void navigate({ search: { c: next } });
  };
  const begin = () => {
    setSide(undefined);
    resetDraft();
    void navigate({ search: {} });
  };
  const panel = <SettingsPanel settings={settings} onChange={(changes) => session.change(changes)} label={label} />;
  const list = <ConversationList current={id} onOpen={open} onNew={begin} />;
  return (
    <div className="flex h-[calc(100dvh-var(--bar,0px))] min-h-0 max-md:[--bar:5rem]">
      <div className="flex w-64 shrink-0 flex-col border-e border-border bg-surface max-lg:hidden">{list}</div>
      <section className="relative flex min-w-0 flex-1 flex-col">
        <h1 className="sr-only">{title === "" ? t("title") : title}</h1>
        <ChatHeader
          settings={settings}
          onChange={(changes) => session.change(changes)}
          onList={() => setSide("list")}
          onNew={begin}
          onSettings={() => (matchMedia("(min-width: 80rem)").matches ? setPanel(!hasPanel) : setSide("settings"))}
          isPanelOpen={hasPanel}
        />
        <ChatView key={session.key} session={session} state={state} isLabelled={label.isOn} />
      </section>
      {hasPanel && (
        <aside
          aria-label={t("settings.title")}
          className="relative w-80 shrink-0 overflow-y-auto border-s border-border bg-surface p-5 max-xl:hidden"
        >
          <header className="mb-4 flex items-center justify-between gap-2">
            <h2 className="text-[0.9375rem] font-semibold">{t("settings.title")}</h2>
            <IconButton label={t("settings.close")} size="small" onClick={() => setPanel(false)}>
              <X size={17} aria-hidden />
            </IconButton>
          </header>
          {panel}
        </aside>
      )}
      <Dialog isOpen={side === "list"} onOpenChange={(isOpen) => !isOpen && setSide(undefined)} title={t("list.label")}>
        <div className="-mx-5 flex h-[70dvh] flex-col">{list}</div>
      </Dialog>
      <Dialog
        isOpen={side === "settings"}
        onOpenChange={(isOpen) => !isOpen && setSide(undefined)}
        title={t("settings.title")}
      >
        {panel}
      </Dialog>
    </div>
  );
}

/** Chooses a model for whoever has chosen none: the first of this cloud's own, else the first. */
function useFirstModel(models: readonly string[], onChoose: (models: readonly string[]) => void): void {
  const { data } = useModels();
  const first = data?.find(({ kind }) => kind !== "remote")?.name ?? data?.[0]?.name;
  useEffect(() => {
    if (models.length === 0 && first !== undefined) onChoose([first]);
    // Only when there is one at last.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [first, models.length]);
}
