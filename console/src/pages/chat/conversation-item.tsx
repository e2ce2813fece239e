import { Clock, Ellipsis, Pencil, Pin, PinOff, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { cx } from "../../ui/cx.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { Input } from "../../ui/input.tsx";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { toast } from "../../ui/toast.tsx";
import { findSession, forgetSession } from "./chat-sessions.ts";
import {
  changeConversation,
  deleteConversation,
  type ConversationChanges,
  type FoundConversation,
} from "./conversations.ts";
import { keepDaysOf, useKeep, type Keep } from "./use-keep.ts";
import { useExpiryText } from "./use-expiry-text.ts";

/** A line of the list: opens its conversation; its menu renames, pins, lets it expire and deletes it. */
export function ConversationItem({
  conversation,
  isCurrent,
  onOpen,
  onDeleted,
}: {
  conversation: FoundConversation;
  isCurrent: boolean;
  onOpen: (id: string) => void;
  onDeleted: () => void;
}) {
  const { t } = useTranslation("chat");
  const [isRenaming, setRenaming] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const expiry = useExpiryText(conversation.expires_at);
  const { id, pinned, excerpt, keep_days: keepDays } = conversation;
  const keep = useKeep(keepDays);
  const title = conversation.title === "" ? t("list.untitled") : conversation.title;
  const change = async (changes: ConversationChanges) => {
    try {
      findSession(id)?.take(await changeConversation(id, changes));
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    }
  };
  if (isRenaming)
    return (
      <li className="px-1 py-0.5">
        <Input
          autoFocus
          aria-label={t("item.name")}
          defaultValue={conversation.title}
          maxLength={200}
          onFocus={(event) => event.target.select()}
          onBlur={(event) => {
            setRenaming(false);
            const next = event.target.value.trim();
            if (next !== conversation.title) void change({ title: next });
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === "Escape") event.currentTarget.value = conversation.title;
            if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur();
          }}
        />
      </li>
    );
  return (
    <li
      className={cx(
        "group relative rounded-control transition-colors duration-150 hover:bg-sunken",
        isCurrent && "bg-accent-soft hover:bg-accent-soft",
      )}
    >
      <button
        type="button"
        aria-current={isCurrent ? "page" : undefined}
        onClick={() => onOpen(id)}
        title={`${title}\n${expiry}`}
        className="block w-full min-w-0 rounded-control py-2 ps-2.5 pe-9 text-start -outline-offset-2"
      >
        <span
          className={cx(
            "flex min-w-0 items-center gap-1.5 text-[0.8125rem]",
            isCurrent && "font-medium text-accent-text",
          )}
        >
          {pinned && <Pin size={12} aria-label={t("item.pinned")} className="shrink-0 text-muted" />}
          <span className="truncate" dir="auto">
            {title}
          </span>
        </span>
        {excerpt != null && (
          <span className="mt-0.5 line-clamp-2 text-xs text-muted [overflow-wrap:anywhere]" dir="auto">
            {excerpt.text}
          </span>
        )}
      </button>
      <div className="absolute end-1 top-1 transition-opacity duration-150 group-focus-within:opacity-100 group-hover:opacity-100 has-data-[state=open]:opacity-100 [@media(hover:hover)]:md:opacity-0">
        <Menu
          trigger={
            <IconButton size="small" label={t("item.menu", { title })}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          }
        >
          <MenuItem icon={<Pencil size={15} aria-hidden />} onSelect={() => setTimeout(() => setRenaming(true))}>
            {t("item.rename")}
          </MenuItem>
          <MenuItem
            icon={pinned ? <PinOff size={15} aria-hidden /> : <Pin size={15} aria-hidden />}
            onSelect={() => void change({ pinned: !pinned })}
          >
            {pinned ? t("item.unpin") : t("item.pin")}
          </MenuItem>
          <MenuSeparator />
          <MenuChoice<Keep>
            label={t("settings.keep")}
            value={keep.value}
            onChange={(next) => void change({ keep_days: keepDaysOf[next] })}
            options={keep.options.map((option) => ({ ...option, icon: <Clock size={15} aria-hidden /> }))}
          />
          <MenuSeparator />
          <MenuItem isDanger icon={<Trash2 size={15} aria-hidden />} onSelect={() => setAsking(true)}>
            {t("item.delete")}
          </MenuItem>
        </Menu>
      </div>
      <AlertDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={t("delete.title")}
        confirmText={t("delete.confirm")}
        onConfirm={async () => {
          await deleteConversation(id);
          forgetSession(id);
          onDeleted();
        }}
      >
        {t("delete.text", { title, count: conversation.messages })}
      </AlertDialog>
    </li>
  );
}
