import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeMistakes, mistakesPage } from "./mistakes-page.ts";

test("docs/mistakes.md has what is shown now; `npm run docs` writes it anew", async () => {
  const all = await makeMistakes();
  expect(all.length).toBeGreaterThanOrEqual(30);
  for (const { mistake, text, status } of all) {
    const what = { title: mistake.title, status };
    // None of them is taken for something else, or ends in a stack or with a key shown.
    expect({ ...what, isRefused: /^Exit status [12]$|^Status [45]\d\d/.test(status) }).toEqual({
      ...what,
      isRefused: true,
    });
    expect(text).not.toMatch(/\n\s+at .*\.ts:\d+/);
    expect(text).not.toMatch(/a1B2c3D4|sk-sahab-[0-9a-z]{6,}/);
    expect(text.length).toBeGreaterThan(20);
  }
  const page = mistakesPage(all);
  const links = [...page.matchAll(/^\| .* \| `.*` \| \[.*\]\(#(.+)\) \|$/gm)].map(([, anchor]) => anchor);
  expect(new Set(links).size).toBe(all.length);
  expect(page).toBe(readFileSync(join(import.meta.dir, "../../docs/mistakes.md"), "utf8"));
}, 60_000);
