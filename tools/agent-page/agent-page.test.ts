import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeAgentPage } from "./agent-page.ts";

test("docs/agents.md says what sahab connect does; npm run docs writes it", () => {
  expect(readFileSync(join(import.meta.dir, "..", "..", "docs", "agents.md"), "utf8")).toBe(makeAgentPage());
});
