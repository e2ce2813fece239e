import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { languages } from "./languages.ts";

const folder = join(import.meta.dir, "locales");

/** Key → text of all leaves. */
function leavesOf(language: string, file: string): Map<string, string> {
  const texts = new Map<string, string>();
  const visit = (value: unknown, path: string) => {
    if (typeof value === "string") texts.set(path, value);
    else
      for (const [name, inner] of Object.entries(value as object)) visit(inner, path === "" ? name : `${path}.${name}`);
  };
  visit(JSON.parse(readFileSync(join(folder, language, file), "utf8")), "");
  return texts;
}

const pluralForm = /_(zero|one|two|few|many|other)$/;

/** A plural is known by its key without the form, since languages have different forms. */
const textsOf = (language: string, file: string): Map<string, string> =>
  new Map([...leavesOf(language, file)].map(([key, text]) => [key.replace(pluralForm, "_plural"), text]));

const files = readdirSync(join(folder, "en")).toSorted();
const variablesOf = (text = "") => [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name = ""]) => name).toSorted();

test("every language has every text, and no others", () => {
  for (const { code } of languages) {
    expect(readdirSync(join(folder, code)).toSorted()).toEqual(files);
    for (const file of files) {
      const keys = { code, file, keys: [...textsOf(code, file).keys()].toSorted() };
      expect(keys).toEqual({ code, file, keys: [...textsOf("en", file).keys()].toSorted() });
    }
  }
});

test("no text is empty, and each has the variables of the English one", () => {
  for (const { code } of languages)
    for (const file of files) {
      const english = textsOf("en", file);
      for (const [key, text] of textsOf(code, file)) {
        expect({ code, file, key, isEmpty: text.trim() === "" }).toMatchObject({ isEmpty: false });
        // A plural form may say the number in words.
        if (key.endsWith("_plural")) continue;
        expect({ code, file, key, variables: variablesOf(text) }).toEqual({
          code,
          file,
          key,
          variables: variablesOf(english.get(key)),
        });
      }
    }
});

test("each plural has the forms of its language, and no others", () => {
  for (const { code, locale } of languages) {
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted();
    for (const file of files) {
      const found = new Map<string, string[]>();
      for (const key of leavesOf(code, file).keys()) {
        const form = pluralForm.exec(key)?.[1];
        if (form === undefined) continue;
        const name = key.slice(0, -form.length - 1);
        found.set(name, [...(found.get(name) ?? []), form]);
      }
      for (const [name, has] of found)
        expect({ code, file, name, forms: has.toSorted() }).toEqual({ code, file, name, forms });
    }
  }
});

/** One word for each thing: what stands in place of which wrong one. */
const glossary: Record<string, readonly { wrong: RegExp; right: string; except?: readonly string[] }[]> = {
  zh: [
    { wrong: /你/, right: "您", except: ["connect.json question", "chat.json settings.systemPlaceholder"] },
    { wrong: /服务商/, right: "供应商" },
    { wrong: /令牌/, right: "token" },
    { wrong: /聊天/, right: "对话" },
    { wrong: /签署/, right: "凭密钥调用" },
    { wrong: /提示(?!词)/, right: "提示词" },
  ],
  ar: [
    { wrong: /منافذ|منفذ/, right: "الخانات" },
    { wrong: /(?<!ت)كلفة/, right: "التكلفة" },
    { wrong: /واجهة/, right: "وحدة التحكم" },
    { wrong: /(?<!\p{L})(?:ال)?سحب(?!\p{L})|اسحب/u, right: "تنزيل" },
    { wrong: /مخبأ/, right: "الذاكرة المؤقتة" },
    { wrong: /ملغى|ملغاة|إلغاء (?:ال|كل )مف/, right: "إبطال" },
    // What a button does is named by a noun; whole sentences, and labels that ask for a choice, are imperatives.
    { wrong: /^(?:احذف|انسخ|افتح|اعرض|أزِل|ثبّت|ألغِ|عدّل|أضف|أرسل|أعد|ابحث|حاول|حمّل)(?!.*[.؟؛])/, right: "حذف، نسخ، …" },
  ],
};

test("a thing has the same word on each page", () => {
  for (const [code, words] of Object.entries(glossary))
    for (const file of files)
      for (const [key, text] of leavesOf(code, file))
        for (const { wrong, right, except } of words) {
          if (except?.includes(`${file} ${key}`) === true) continue;
          expect({ code, file, key, text, right, isWrong: wrong.test(text) }).toMatchObject({ isWrong: false });
        }
});
