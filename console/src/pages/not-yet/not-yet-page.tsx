import { useLocation } from "@tanstack/react-router";
import { Hammer } from "lucide-react";
import { useTranslation } from "react-i18next";
import { navigation, type NavigationPage } from "../../app/navigation.ts";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Page } from "../../ui/page.tsx";

const pages: readonly NavigationPage[] = navigation.flatMap((group) => [...group.pages]);

/** Stands where a page will be. */
export function NotYetPage() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const name = pages.find(({ to }) => to === pathname)?.name ?? "home";
  return (
    <Page title={t(`nav.${name}`)}>
      <Card>
        <EmptyState icon={<Hammer size={22} aria-hidden />} title={t("notYet.title")}>
          {t("notYet.text")}
        </EmptyState>
      </Card>
    </Page>
  );
}
