import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { AccountMenu } from "./account-menu.tsx";
import { Logo } from "./logo.tsx";
import { navigation, type NavigationPage } from "./navigation.ts";

export function SideNavigation() {
  const { t } = useTranslation();
  return (
    <aside className="sticky top-0 flex h-dvh w-58 shrink-0 flex-col border-e border-border bg-surface max-md:hidden">
      <div className="px-4 pt-4 pb-3">
        <Link to="/" className="inline-flex rounded-control">
          <Logo />
        </Link>
      </div>
      <nav aria-label={t("navigation")} className="min-h-0 flex-1 overflow-y-auto px-2.5 py-1">
        {navigation.map(({ group, pages }) => (
          <ul key={group} className="mb-3 grid gap-0.5 border-b border-border pb-3 last:mb-0 last:border-b-0">
            {pages.map((page) => (
              <li key={page.name}>
                <PageLink page={page} />
              </li>
            ))}
          </ul>
        ))}
      </nav>
      <div className="border-t border-border p-2.5">
        <AccountMenu />
      </div>
    </aside>
  );
}

export function PageLink({ page: { to, name, icon: Icon }, onClick }: { page: NavigationPage; onClick?: () => void }) {
  const { t } = useTranslation();
  return (
    <Link
      to={to}
      {...(onClick && { onClick })}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      className="flex h-9 items-center gap-3 rounded-control px-2.5 text-sm text-muted transition-colors duration-150 -outline-offset-2 hover:bg-sunken hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent-text"
    >
      <Icon size={17} aria-hidden className="shrink-0" />
      <span className="truncate">{t(`nav.${name}`)}</span>
    </Link>
  );
}
