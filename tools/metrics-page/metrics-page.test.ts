import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeMetricsPage } from "./metrics-page.ts";

test("docs/metrics.md says what the table of metrics does; npm run docs writes it", () => {
  expect(readFileSync(join(import.meta.dir, "..", "..", "docs", "metrics.md"), "utf8")).toBe(makeMetricsPage());
});
