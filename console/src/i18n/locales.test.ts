import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { languages } from "./languages.ts";

const folder = join(import.meta.dir, "locales");

/** Key → text of all leaves. A plural is known by its key without the form, since languages have different forms. */
function textsOf(language: string, file: string): Map<string, string> {
  const texts = new Map<string, string>();
  const visit = (value: unknown, path: string) => {
    if (typeof value === "string") texts.set(path.replace(/_(?:zero|one|two|few|many|other)$/, "_plural"), value);
    else
      for (const [name, inner] of Object.entries(value as object)) visit(inner, path === "" ? name : `${path}.${name}`);
  };
  visit(JSON.parse(readFileSync(join(folder, language, file), "utf8")), "");
  return texts;
}

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
