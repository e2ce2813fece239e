import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeAdminTypes } from "./admin-types.ts";

test("the console's types of the admin API are those of its document: `npm run docs`", async () => {
  const kept = await Bun.file(join(import.meta.dir, "..", "..", "console", "src", "api", "schema.d.ts")).text();
  expect(kept === (await makeAdminTypes())).toBeTrue();
});
