/** The languages of the console; `name` is what their speakers call them. */
export const languages = [
  { code: "en", name: "English", locale: "en", direction: "ltr" },
  { code: "zh", name: "中文", locale: "zh-CN", direction: "ltr" },
  { code: "ar", name: "العربية", locale: "ar", direction: "rtl" },
] as const;

export type LanguageCode = (typeof languages)[number]["code"];

export function languageOf(code: string | undefined): (typeof languages)[number] {
  return languages.find((it) => it.code === code) ?? languages[0];
}

/** The first of the wanted tags (BCP 47, such as those of the browser) that there is, else English. */
export function chooseLanguage(wanted: readonly string[]): LanguageCode {
  for (const tag of wanted) {
    const found = languages.find(({ code }) => tag.toLowerCase().split("-")[0] === code);
    if (found) return found.code;
  }
  return "en";
}
