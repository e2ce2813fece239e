import { useTranslation } from "react-i18next";

/** What an error's code means, as the end of a sentence in the page's language; undefined for a code without words. */
export function useOutcomeText(): (code: string) => string | undefined {
  const { t, i18n } = useTranslation("ui");
  return (code) => (i18n.exists(`ui:outcome.${code}`) ? t(`outcome.${code}` as "outcome.conflict") : undefined);
}
