import { useTranslation } from "react-i18next";
import { languageOf, type languages } from "./languages.ts";

/** The language in which the console is shown, for Intl and for directions. */
export function useLanguage(): (typeof languages)[number] {
  const { i18n } = useTranslation();
  return languageOf(i18n.resolvedLanguage ?? i18n.language);
}
