import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The cards of an empty chat where nano answers: the first that a newcomer asks, so nano itself is asked each of them.

/** What the answer has to say, in any language. */
const wanted: Record<string, RegExp> = {
  what: /npm start/,
  key: /key create my-app/,
  vendor: /OPENAI_API_KEY/,
  // The command that does it, or the base URL and the key's header, which do it, too.
  agent: /npm run sahab -- connect|\/v1\/messages.*x-api-key/s,
};

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab();
});
afterAll(() => sahab?.close());

test.each(["en", "zh", "ar"])("nano answers each of its cards in %s", async (language) => {
  const path = join(import.meta.dir, "../../console/src/i18n/locales", language, "chat.json");
  const { nanoStarter } = JSON.parse(readFileSync(path, "utf8")) as { nanoStarter: Record<string, { prompt: string }> };
  expect(Object.keys(nanoStarter)).toEqual(Object.keys(wanted));
  for (const [name, { prompt }] of Object.entries(nanoStarter)) {
    const response = await sahab.call(
      "/v1/chat/completions",
      { model: "nano", messages: [{ role: "user", content: prompt }] },
      { key: sahab.adminKey },
    );
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
    expect(choices[0]?.message.content ?? "", prompt).toMatch(wanted[name] ?? /^$/);
  }
});
