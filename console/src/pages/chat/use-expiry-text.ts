import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";

/** When a conversation is deleted, in words. */
export function useExpiryText(expiresAt: string | null): string {
  const { t } = useTranslation("chat");
  const format = useFormat();
  return expiresAt === null ? t("expiry.never") : t("expiry.at", { time: format.ago(expiresAt) });
}
