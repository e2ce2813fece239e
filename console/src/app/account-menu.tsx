import { ChevronsUpDown, LogOut, MonitorX, UserRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { signOut, useSession } from "../api/session.ts";
import { AlertDialog } from "../ui/alert-dialog.tsx";
import { Menu, MenuItem, MenuSeparator } from "../ui/menu.tsx";
import { toast } from "../ui/toast.tsx";
import { LanguageChoice, ThemeChoices } from "./preferences-menu.tsx";

/** Who is signed in; language, colours, signing out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const [isAsking, setAsking] = useState(false);
  if (!session) return null;
  const leave = () =>
    void signOut({ everywhere: false }).catch((error: unknown) =>
      toast(t("signOut.failed", { reason: error instanceof Error ? error.message : String(error) }), "bad"),
    );
  return (
    <>
      <Menu
        side="top"
        align="start"
        trigger={
          <button
            type="button"
            className="flex w-full min-w-0 items-center gap-2.5 rounded-control px-2 py-1.5 text-start transition-colors duration-150 hover:bg-sunken"
          >
            <span className="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft text-accent-text">
              <UserRound size={16} aria-hidden />
            </span>
            <span className="min-w-0 flex-1">
              <span className="block truncate text-[0.8125rem] font-medium">{session.actor.name}</span>
              <span className="block truncate text-xs text-muted">
                <bdi dir="ltr">
                  {session.server.name} {session.server.version}
                </bdi>
              </span>
            </span>
            <ChevronsUpDown size={15} aria-hidden className="shrink-0 text-muted" />
          </button>
        }
      >
        <LanguageChoice />
        <MenuSeparator />
        <ThemeChoices />
        <MenuSeparator />
        <MenuItem icon={<LogOut size={16} aria-hidden />} onSelect={() => leave()}>
          {t("signOut.here")}
        </MenuItem>
        <MenuItem icon={<MonitorX size={16} aria-hidden />} onSelect={() => setAsking(true)}>
          {t("signOut.everywhere")}
        </MenuItem>
      </Menu>
      <AlertDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={t("signOut.everywhere")}
        confirmText={t("signOut.everywhere")}
        onConfirm={() => signOut({ everywhere: true })}
      >
        {t("signOut.ask")}
      </AlertDialog>
    </>
  );
}
