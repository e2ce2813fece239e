import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/copy-button.tsx";

/** The address that programs take. */
export function BaseUrl() {
  const { t } = useTranslation("home");
  const address = `${location.origin}/v1`;
  return (
    <div className="flex min-w-0 items-center gap-2 rounded-control border border-border bg-surface ps-3 pe-1 text-[0.8125rem]">
      <span className="shrink-0 text-muted">{t("address.title")}</span>
      <code className="ltr min-w-0 truncate font-mono">{address}</code>
      <CopyButton text={address} label={t("address.copy")} />
    </div>
  );
}
