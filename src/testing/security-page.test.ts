import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { targets } from "./fuzz/targets/index.ts";

const root = join(import.meta.dir, "..", "..");
const page = readFileSync(join(root, "docs", "security.md"), "utf8");

test("each file that docs/security.md names is there", () => {
  const named = [...page.matchAll(/`((?:src|bin|tools|docs)\/[^`\s]+)`/g)].map((found) => found[1] ?? "");
  expect(named.length).toBeGreaterThan(30);
  for (const file of named) expect({ file, isThere: existsSync(join(root, file)) }).toEqual({ file, isThere: true });
});

test("each known hole says what shows that it is closed, or that it is open", () => {
  const rows = page.split("# Known holes of this field")[1]?.match(/^\| (?!hole|---).*$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(8);
  for (const row of rows) {
    const [, , , here = "", shown = ""] = row.split("|");
    expect({ row, isShown: shown.includes(".test.ts`") || here.trim().startsWith("open:") }).toEqual({
      row,
      isShown: true,
    });
  }
});

test("each target of the fuzzer is named, and each finding says what shows that it is mended", () => {
  const section = page.split("# What fuzzing found")[1]?.split("\n# ")[0] ?? "";
  for (const { name } of targets)
    expect({ name, isNamed: section.includes(`\`${name}\``) }).toMatchObject({ isNamed: true });
  const rows = section.match(/^\| `.*$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(4);
  for (const row of rows) expect(row).toMatch(/`src\/[^`]+\.(?:test\.ts|input)` \|$/);
});
