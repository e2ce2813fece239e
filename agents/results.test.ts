import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { readResults } from "./results.ts";
import { renderTable } from "./table.ts";

test("docs/agents/tried.md is made of results.json", () => {
  const page = readFileSync(join(import.meta.dir, "..", "docs", "agents", "tried.md"), "utf8");
  expect(page).toBe(renderTable(readResults()));
});
