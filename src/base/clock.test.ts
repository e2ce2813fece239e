import { expect, test } from "bun:test";
import { Glob } from "bun";
import { join } from "node:path";

const source = join(import.meta.dir, "..");
/** Times of day that people give or see (an expiry, the date in a header), and the clocks of two machines. */
const wallTime = new Set([
  "cli/key.ts",
  "dialect/vendor-error.ts",
  "fleet/on-demand.ts",
  "gateway/rate-headers.ts",
  "ledger/store/alerts-contract.ts",
  "ledger/store/postgres/open-postgres.ts",
]);

test("no duration and no deadline is reckoned from the wall clock, which may be set at any time", async () => {
  const found: string[] = [];
  let files = 0;
  for (const file of new Glob("**/*.ts").scanSync(source)) {
    if (file.endsWith(".test.ts") || file.startsWith("testing/") || wallTime.has(file)) continue;
    files++;
    const text = await Bun.file(join(source, file)).text();
    for (const line of text.split("\n"))
      if (/Date\.now\(\)\)? *[-+<]|[-+<]=? *Date\.now\(\)|[^=]> *Date\.now\(\)|Date\.now\(\) *>/.test(line))
        found.push(`${file}: ${line.trim()}`);
  }
  expect(found).toEqual([]);
  expect(files).toBeGreaterThan(200);
});
