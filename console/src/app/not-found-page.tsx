import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/empty-state.tsx";
import { Page } from "../ui/page.tsx";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("notFound.title")}>
      <EmptyState
        icon={<Compass size={22} aria-hidden />}
        title={t("notFound.text")}
        action={
          <Link to="/" className="text-sm font-medium text-accent-text underline underline-offset-4">
            {t("notFound.home")}
          </Link>
        }
      />
    </Page>
  );
}
