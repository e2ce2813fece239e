import { Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLiveQueries } from "../api/use-live-queries.ts";
import { BottomBar } from "./bottom-bar.tsx";
import { OfflineBanner } from "./offline-banner.tsx";
import { SideNavigation } from "./side-navigation.tsx";

/** Navigation around the page: at the side, on a narrow screen below. */
export function Shell() {
  const { t } = useTranslation();
  useLiveQueries();
  return (
    <div className="flex min-h-dvh max-md:flex-col">
      <a
        href="#page"
        className="fixed start-3 top-3 z-50 -translate-y-20 rounded-control bg-accent px-3 py-2 text-sm font-medium text-on-accent focus:translate-y-0"
      >
        {t("skip")}
      </a>
      <SideNavigation />
      <main id="page" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none max-md:pb-20">
        <OfflineBanner />
        <Outlet />
      </main>
      <BottomBar />
    </div>
  );
}
