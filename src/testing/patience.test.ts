import { expect, test } from "bun:test";
import { Glob } from "bun";
import { join } from "node:path";

/** What makes tests fail by chance on a machine that is busy or slow, and what to write instead. */
const habits: [RegExp, string][] = [
  [
    /expect\(\w+\.(?:logs|stdout)\(\)\)\.to/,
    "a line may come after the answer that it is about: await sahab.logged(…) or sahab.printed(…)",
  ],
];

test("tests wait for what comes later", async () => {
  const found: string[] = [];
  let files = 0;
  const root = join(import.meta.dir, "..");
  for (const file of new Glob("**/*.ts").scanSync(root)) {
    if (!/\.test\.ts$|^testing\//.test(file) || file === "testing/patience.test.ts") continue;
    files++;
    for (const line of (await Bun.file(join(root, file)).text()).split("\n"))
      for (const [habit, advice] of habits) if (habit.test(line)) found.push(`${file}: ${line.trim()}: ${advice}`);
  }
  expect(found).toEqual([]);
  expect(files).toBeGreaterThan(300);
});
