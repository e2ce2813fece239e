import { Languages, Monitor, Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { changeLanguage } from "../i18n/i18n.ts";
import { languages } from "../i18n/languages.ts";
import { useLanguage } from "../i18n/use-language.ts";
import { Button } from "../ui/button.tsx";
import { Menu, MenuChoice, MenuSeparator } from "../ui/menu.tsx";
import { chooseTheme, useThemeChoice } from "./theme.ts";

/** Language and colours, for whoever is not signed in; the account menu has the same choices. */
export function PreferencesMenu() {
  const { t } = useTranslation();
  const { name } = useLanguage();
  return (
    <Menu
      trigger={
        <Button
          tone="quiet"
          size="small"
          icon={<Languages size={16} aria-hidden />}
          aria-label={t("preferences", { name })}
        >
          {name}
        </Button>
      }
    >
      <LanguageChoice />
      <MenuSeparator />
      <ThemeChoices />
    </Menu>
  );
}

export function LanguageChoice() {
  const { t } = useTranslation();
  const { code } = useLanguage();
  return (
    <MenuChoice
      label={t("language")}
      value={code}
      onChange={(next) => void changeLanguage(next)}
      options={languages.map((it) => ({ value: it.code, text: it.name, lang: it.locale }))}
    />
  );
}

export function ThemeChoices() {
  const { t } = useTranslation();
  const choice = useThemeChoice();
  return (
    <MenuChoice
      label={t("theme.title")}
      value={choice}
      onChange={chooseTheme}
      options={[
        { value: "system", text: t("theme.system"), icon: <Monitor size={16} aria-hidden /> },
        { value: "light", text: t("theme.light"), icon: <Sun size={16} aria-hidden /> },
        { value: "dark", text: t("theme.dark"), icon: <Moon size={16} aria-hidden /> },
      ]}
    />
  );
}
