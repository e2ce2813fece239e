import { Link } from "@tanstack/react-router";
import { Menu as MenuIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/dialog.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { barPages, navigation, type NavigationPage } from "./navigation.ts";
import { PageLink } from "./side-navigation.tsx";

const all: readonly NavigationPage[] = navigation.flatMap(({ pages }) => [...pages]);
const item =
  "flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-1 text-[0.6875rem] text-muted -outline-offset-2 aria-[current=page]:font-medium aria-[current=page]:text-accent-text";

/** The navigation of a narrow screen: four pages, and a sheet with all. */
export function BottomBar() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <nav
        aria-label={t("navigation")}
        className="fixed inset-x-0 bottom-0 z-30 flex border-t border-border bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        {all
          .filter(({ name }) => (barPages as readonly string[]).includes(name))
          .map(({ to, name, icon: Icon }) => (
            <Link key={name} to={to} activeOptions={{ exact: to === "/", includeSearch: false }} className={item}>
              <Icon size={19} aria-hidden />
              <span className="max-w-full truncate px-1">{t(`nav.${name}`)}</span>
            </Link>
          ))}
        <button type="button" className={item} onClick={() => setOpen(true)}>
          <MenuIcon size={19} aria-hidden />
          <span className="max-w-full truncate px-1">{t("more")}</span>
        </button>
      </nav>
      <Dialog isOpen={isOpen} onOpenChange={setOpen} title={t("navigation")} footer={<AccountMenu />}>
        <ul className="grid grid-cols-2 gap-1">
          {all.map((page) => (
            <li key={page.name}>
              <PageLink page={page} onClick={() => setOpen(false)} />
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}
