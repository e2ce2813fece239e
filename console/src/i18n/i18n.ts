import i18next, { type BackendModule, type ReadCallback, type Resource } from "i18next";
import { initReactI18next } from "react-i18next";
import { readSetting, writeSetting } from "../app/settings-kept.ts";
import { chooseLanguage, languageOf, type LanguageCode } from "./languages.ts";

const files = import.meta.glob<Resource>("./locales/*/*.json", { import: "default" });

/** Texts come in files of one page and language each, when they are first needed. */
const loadFiles: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, namespace, done) => void readTexts(language, namespace, done),
};

async function readTexts(language: string, namespace: string, done: ReadCallback): Promise<void> {
  try {
    const load = files[`./locales/${language}/${namespace}.json`];
    if (!load) throw new Error(`no texts of ${namespace} in ${language}`);
    done(null, await load());
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)), null);
  }
}

/** Resolves when the texts of the shell are there. Later languages and pages load on their own. */
export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", applyToDocument);
  await i18next
    .use(loadFiles)
    .use(initReactI18next)
    .init({
      lng: chooseLanguage([readSetting("language") ?? "", ...navigator.languages]),
      fallbackLng: "en",
      ns: ["shell"],
      defaultNS: "shell",
      partialBundledLanguages: true,
      // React escapes.
      interpolation: { escapeValue: false },
      returnNull: false,
    });
}

export async function changeLanguage(code: LanguageCode): Promise<void> {
  writeSetting("language", code);
  await i18next.changeLanguage(code);
}

/** Loads the texts of a page beside its code. */
export async function needTexts(...namespaces: string[]): Promise<void> {
  await i18next.loadNamespaces(namespaces);
}

function applyToDocument(code: string): void {
  const { locale, direction } = languageOf(code);
  document.documentElement.lang = locale;
  document.documentElement.dir = direction;
}
