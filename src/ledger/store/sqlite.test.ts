import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { assert, must } from "../../base/assert.ts";
import { createSealer } from "../../base/seal.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { createKey } from "../keys.ts";
import { decodeFailure, encodeFailure } from "../thread/failure.ts";
import { usageColumns, type UsageRecord } from "../record/index.ts";
import { makeKept } from "./kept-contract.ts";
import { migrationsFor } from "./migrations.ts";
import { testMigrations } from "./migrations-contract.ts";
import { openSqliteStore, sqliteDialect } from "./sqlite.ts";
import { insert, makeRecord } from "./store-contract.ts";
import type { Tables } from "./tables.ts";
import { wholeScope } from "./scope.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const sealer = createSealer("the master key of the tests");

/** All bytes of a database: the file and what SQLite keeps beside it. */
function bytesOf(name: string): string {
  return readdirSync(folder)
    .filter((file) => file.startsWith(name))
    .map((file) => readFileSync(join(folder, file)).toString("latin1"))
    .join("");
}

test("the bytes of the database hold neither a vendor's secret nor a key of ours", async () => {
  const store = await openSqliteStore(join(folder, "secret.db"), sealer);
  const { key, row } = createKey({ name: "find-this-name", project: "default", expiresMs: null, terms: "{}" }, 1);
  await store.insertKey(row);
  await store.writeResources(
    [
      {
        kind: "providers",
        name: "find-this-provider",
        position: 0,
        spec: { base_url: "http://a/v1" },
        secret: { api_key: "sk-vendor-secret", headers: { "x-team": "header-secret" } },
      },
    ],
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

test("the bytes of the database hold nothing of what is kept", async () => {
  const store = await openSqliteStore(join(folder, "kept.db"), sealer);
  const texts = { request: "the-client-asked-this", answer: "the-model-said-this" };
  const row = makeKept({ id: "find-this-id", ...texts });
  await store.keep([row]);
  const open = bytesOf("kept.db");
  // A sealed value opens nowhere but in its own row.
  const other = new Database(join(folder, "kept.db"), { readwrite: true });
  other.run(
    "insert into kept select kind, 'thief', id, created_ms, expires_ms, status, owner, model, previous, bytes, request, answer from kept",
  );
  other.close();
  expect(await store.findKept({ kind: row.kind, project: "thief", ids: [row.id], nowMs: 1 })).toEqual([]);
  expect(await store.findKept({ kind: row.kind, project: row.project, ids: [row.id], nowMs: 1 })).toEqual([row]);
  await store.close();
  for (const bytes of [open, bytesOf("kept.db")]) {
    expect(bytes).toContain("find-this-id");
    for (const text of Object.values(texts)) expect(bytes).not.toContain(text);
  }
});

test("two connections write to one file in turn", async () => {
  const path = join(folder, "shared.db");
  const [one, two] = [await openSqliteStore(path, sealer), await openSqliteStore(path, sealer)];
  let added = 0;
  for (let i = 0; i < 40; i++)
    added += await insert(i % 2 ? one : two, [makeRecord({ id: `req_${i}` }), makeRecord({ id: "req_same" })]);
  expect(added).toBe(41);
  expect((await two.listUsage(wholeScope, { limit: 100, cursor: undefined })).records).toHaveLength(41);
  await one.close();
  await two.close();
});

test("records that come while somebody's transaction is open are not part of it", async () => {
  const path = join(folder, "transaction.db");
  const store = await openSqliteStore(path, sealer);
  const key = createKey({ name: "a", project: "default", expiresMs: null, terms: "{}" }, 1).row;
  await store.insertKey(key);
  // The second insert of one key fails, and its transaction is rolled back; the records come in the middle of it.
  const failing = store.insertKey(key).then(
    () => "added",
    () => "refused",
  );
  const added: Promise<number>[] = [];
  for (let tick = 0; tick < 60; tick++) {
    added.push(insert(store, [makeRecord({ id: `req_${tick}` })]));
    await Promise.resolve();
  }
  expect(await failing).toBe("refused");
  expect(await Promise.all(added)).toHaveLength(60);
  expect((await store.listUsage(wholeScope, { limit: 100, cursor: undefined })).records).toHaveLength(60);
  await store.close();
});

test("a row that has been damaged hides no other", async () => {
  const path = join(folder, "bad-row.db");
  const store = await openSqliteStore(path, sealer);
  await insert(
    store,
    ["req_a", "req_b", "req_c"].map((id) => makeRecord({ id })),
  );
  const other = new Database(path, { readwrite: true });
  other.run("update usage set attempt_list = '[{' where id = 'req_b'");
  other.close();
  const { records } = await store.listUsage(wholeScope, { limit: 10, cursor: undefined });
  expect(records.map(({ id }) => id)).toEqual(["req_c", "req_b", "req_a"]);
  expect(records[1]).toMatchObject({ attempts: [], cost: records[0]?.cost });
  await store.close();
});

test("a database of a later version is left as it is, and nobody is told to move it away", async () => {
  const path = join(folder, "newer.db");
  await (await openSqliteStore(path, sealer)).close();
  const later = new Database(path, { readwrite: true });
  later.run("insert into kysely_migration (name, timestamp) values ('999-future', '2030-01-01T00:00:00.000Z')");
  const message = await openSqliteStore(path, sealer).then(
    () => "opened",
    (error: unknown) => (error as Error).message,
  );
  expect(message).toMatch(
    /newer\.db: it was written by a newer Sahab than this one: it has 999-future, .* up to 0\d\d-/,
  );
  expect(message).toContain("Start the version of Sahab that was used last, or a later one; nothing was changed");
  expect(message).not.toMatch(/damaged|move it|empty|corrupted/);
  later.run("delete from kysely_migration where name = '999-future'");
  later.close();
  await (await openSqliteStore(path, sealer)).close();
});

test("a file that is no database, or a damaged one, is refused with advice", async () => {
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
  await insert(
    store,
    Array.from({ length: 2_000 }, (_, index) => makeRecord({ id: `req_${index}` })),
  );
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

test("a missing folder is named in the error", async () => {
  expect(
    await openSqliteStore(join(folder, "none", "a.db"), sealer).then(
      () => "opened",
      (error: unknown) => (error as Error).message,
    ),
  ).toMatch(/Cannot create the database .*none/);
});

testMigrations("SQLite", () => {
  const dialect = sqliteDialect(new Database(":memory:", { safeIntegers: true }));
  return Promise.resolve({ db: new Kysely<Tables>({ dialect }), bytesType: "blob" as const });
});

/** Makes the database as the version before did that had only the first migration. */
async function makeOldDatabase(path: string): Promise<Database> {
  const database = new Database(path, { create: true, readwrite: true });
  const db = new Kysely<unknown>({ dialect: sqliteDialect(database) });
  const { "001-first-floor": first } = migrationsFor("blob");
  const provider = { getMigrations: () => Promise.resolve({ "001-first-floor": must(first, "001 is there") }) };
  expect((await new Migrator({ db, provider }).migrateToLatest()).error).toBeUndefined();
  return database;
}

test("a database of the first version opens, with its records, secrets and counts", async () => {
  const path = join(folder, "old.db");
  const database = await makeOldDatabase(path);
  const columns = database.query("PRAGMA table_info(usage)").all() as { name: string }[];
  // The columns that were released: this list never changes.
  expect(columns.map(({ name }) => name).join(" ")).toBe(
    "id time key_id project model provider operation attempts status outcome streamed input_tokens cached_input_tokens output_tokens reasoning_tokens estimated cost currency latency_ms first_token_ms",
  );
  database.run(
    `insert into usage values ('req_old', 1700000000000, 'key_1', 'team', 'chat', 'fake', 'chat', 3, 200, 'ok', 1,
      100, 40, 20, 5, 0, 9000000000000000001, 'USD', 12, null)`,
  );
  const secret = sealer.seal('{"api_key":"sk-old"}', "provider:deepseek");
  database.run("insert into resources values ('providers', 'deepseek', 0, '{\"name\":\"deepseek\"}', ?)", [secret]);
  database.close();

  const store = await openSqliteStore(path, sealer);
  const old: UsageRecord = {
    id: "req_old",
    time: 1_700_000_000_000,
    keyId: "key_1",
    project: "team",
    model: "chat",
    provider: "fake",
    operation: "chat",
    dialect: "openai-chat",
    attemptCount: 3,
    attempts: [],
    status: 200,
    outcome: "ok",
    streamed: true,
    inputTokens: 100,
    cachedInputTokens: 40,
    cacheWriteTokens: 0,
    outputTokens: 20,
    reasoningTokens: 5,
    estimated: false,
    cost: 9_000_000_000_000_000_001n,
    currency: "USD",
    providerCost: null,
    providerCurrency: null,
    vendorCost: null,
    comparedCost: null,
    isSplit: false,
    latencyMs: 12,
    firstTokenMs: null,
    images: 0,
    seconds: 0,
    characters: 0,
    searches: 0,
    user: "",
    tags: {},
    askedModel: "",
    organisation: "",
    accountCost: null,
    accountCurrency: null,
  };
  const fresh = makeRecord({ id: "req_z" });
  await insert(store, [fresh]);
  expect((await store.listUsage(wholeScope, { limit: 10, cursor: undefined })).records).toEqual([fresh, old]);
  expect(await store.readResources()).toEqual([
    { kind: "providers", name: "deepseek", position: 0, spec: { name: "deepseek" }, secret: { api_key: "sk-old" } },
  ]);
  const all = { since: undefined, until: undefined, currency: undefined };
  expect((await store.sumUsage(wholeScope, { ...all, groupBy: ["project"] })).rows).toMatchObject([
    { groups: ["default"], cacheWriteTokens: fresh.cacheWriteTokens },
    { groups: ["team"], cacheWriteTokens: 0, cost: old.cost },
  ]);
  await store.close();
});

test("keys of the first version have no limits, and were last used when their records say", async () => {
  const path = join(folder, "old-keys.db");
  const database = await makeOldDatabase(path);
  for (const id of ["key_used", "key_unused"])
    database.run("insert into keys values (?, 'svc', 'team', ?, 'sk-sahab-abcde', 1, null, null, '{}')", [id, id]);
  for (const [id, time] of [
    ["req_1", 5],
    ["req_2", 9],
    ["req_3", 7],
  ] as const)
    database.run(
      `insert into usage values (?, ?, 'key_used', 'team', 'chat', 'fake', 'chat', 1, 200, 'ok', 1, 1, 0, 1, 0, 0, 1, 'USD', 1, null)`,
      [id, time],
    );
  database.close();
  const store = await openSqliteStore(path, sealer);
  expect(
    (await store.listKeys(wholeScope)).map(({ id, role, models, addresses, usedMs }) => [
      id,
      role,
      models,
      addresses,
      usedMs,
    ]),
  ).toEqual([
    ["key_unused", "user", null, null, null],
    ["key_used", "user", null, null, 9],
  ]);
  await store.close();
});

test("a report of far too many rows says so, and what to do", async () => {
  const store = await openSqliteStore(join(folder, "wide.db"), sealer);
  const records = Array.from({ length: 100_001 }, (_, index) =>
    makeRecord({ id: `req_${index}`, time: index, user: `u${index}`, attempts: [], attemptCount: 0 }),
  );
  await insert(store, records);
  const all = { since: undefined, until: undefined, currency: undefined, rowsMax: 10 };
  const error = await store.sumUsage(wholeScope, { ...all, groupBy: ["user"] }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "invalid_request" });
  expect(String(error)).toMatch(/by user has more than 100000 rows; ask for a shorter time/);
  expect(await store.sumUsage(wholeScope, { ...all, until: 1_000, groupBy: ["user"] })).toMatchObject({ more: 990 });
  // Callers of the thread hear the same.
  expect(decodeFailure(structuredClone(encodeFailure(error)))).toMatchObject({
    code: "invalid_request",
    message: (error as Error).message,
  });
  await store.close();
});

test("the table has the columns of the record, with their types and what older rows hold", async () => {
  const path = join(folder, "columns.db");
  await (await openSqliteStore(path, sealer)).close();
  const database = new Database(path, { readonly: true });
  const rows = database.query(`select name, type, "notnull", dflt_value from pragma_table_info('usage')`).all() as {
    name: string;
    type: string;
    notnull: number;
    dflt_value: string | null;
  }[];
  database.close();
  const byName = <T extends { name: string }>(list: T[]) => list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(byName(rows.map((row) => ({ ...row, type: row.type.toLowerCase() })))).toEqual(
    byName(
      usageColumns.map(({ name, sql, kind, since, ...rest }) => ({
        name: sql,
        type: kind.sqlType,
        notnull: kind.isNullable || name === "id" ? 0 : 1,
        dflt_value: since === 1 || kind.isNullable ? null : defaultInSql(kind.encodeSql, rest),
      })),
    ),
  );
});

function defaultInSql(encode: (value: never) => unknown, column: object): string {
  assert("before" in column, "a column that came later says what older records have");
  const value = encode(column.before as never);
  return typeof value === "string" ? `'${value}'` : String(value);
}
