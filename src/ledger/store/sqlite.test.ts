import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseCloudConfig } from "../../base/cloud-config.ts";
import { createSealer } from "../../base/seal.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { createKey } from "../keys.ts";
import { openSqliteStore } from "./sqlite.ts";
import { makeRecord, testStore } from "./store-contract.ts";

const folder = makeTemporaryFolder();
let round = 0;
afterAll(() => removeTemporaryFolder(folder));

testStore(
  "SQLite",
  (sealer) => openSqliteStore(join(folder, `${round}.db`), sealer),
  () => {
    round++;
  },
);

const sealer = createSealer("the master key of the tests");

/** All bytes of a database: the file and what SQLite keeps beside it. */
function bytesOf(name: string): string {
  return readdirSync(folder)
    .filter((file) => file.startsWith(name))
    .map((file) => readFileSync(join(folder, file)).toString("latin1"))
    .join("");
}

test("neither a vendor's secret nor a key of ours stands in the database's bytes", async () => {
  const store = await openSqliteStore(join(folder, "secret.db"), sealer);
  const { key, row } = createKey({ name: "find-this-name", project: "default", expiresMs: null, terms: "{}" }, 1);
  await store.insertKey(row);
  await store.writeConfig(
    parseCloudConfig({
      providers: [
        {
          name: "find-this-provider",
          vendor: "compatible",
          base_url: "http://a/v1",
          api_key: "sk-vendor-secret",
          headers: { "x-team": "header-secret" },
        },
      ],
    }),
    2,
  );
  const open = bytesOf("secret.db");
  await store.close();
  for (const bytes of [open, bytesOf("secret.db")]) {
    // What is not secret is there in the clear, so the search looks in the right place.
    expect(bytes).toContain("find-this-name");
    expect(bytes).toContain("find-this-provider");
    for (const secret of ["sk-vendor-secret", "header-secret", key, key.slice(14)]) expect(bytes).not.toContain(secret);
  }
});

test("two connections write to one file in turn", async () => {
  const path = join(folder, "shared.db");
  const [one, two] = [await openSqliteStore(path, sealer), await openSqliteStore(path, sealer)];
  let added = 0;
  for (let i = 0; i < 40; i++)
    added += await (i % 2 ? one : two).insertUsage([makeRecord({ id: `req_${i}` }), makeRecord({ id: "req_same" })]);
  expect(added).toBe(41);
  expect((await two.listUsage({ limit: 100, cursor: undefined })).records).toHaveLength(41);
  await one.close();
  await two.close();
});

test("what is no database, or a damaged one, is refused with what to do", async () => {
  const path = join(folder, "broken.db");
  writeFileSync(path, "this is not a database, but a text that is long enough to be taken for one ".repeat(50));
  const message = await openSqliteStore(path, sealer).then(
    () => "opened",
    (error: unknown) => (error as Error).message,
  );
  expect(message).toContain(path);
  expect(message).toMatch(/damaged.*backup/);

  const whole = join(folder, "damaged.db");
  const store = await openSqliteStore(whole, sealer);
  await store.insertUsage(Array.from({ length: 2_000 }, (_, index) => makeRecord({ id: `req_${index}` })));
  await store.close();
  const bytes = readFileSync(whole);
  bytes.fill(0xaa, 8_192, bytes.length - 4_096);
  writeFileSync(whole, bytes);
  expect(
    await openSqliteStore(whole, sealer).then(
      () => "opened",
      (error: unknown) => (error as Error).message,
    ),
  ).toMatch(/damaged\.db/);
});

test("a folder that is not there is told", async () => {
  expect(
    await openSqliteStore(join(folder, "none", "a.db"), sealer).then(
      () => "opened",
      (error: unknown) => (error as Error).message,
    ),
  ).toMatch(/Cannot create the database .*none/);
});
