import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { createSealer } from "../../base/seal.ts";
import { chooseSeed, seededRandom } from "../../testing/random.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import type { UsageRecord } from "../record/index.ts";
import { makeRandomRecord } from "./make-random-record.ts";
import { segmentsOf, type Segment } from "./report-segments.ts";
import { spentByAccount } from "./spent-by-account.ts";
import { openSqliteStore, sqliteDialect, sqliteTags } from "./sqlite.ts";
import { insert } from "./store-contract.ts";
import { usageGroups, type UsageGroup, type UsageQuery } from "./store.ts";
import { sumInSlices } from "./sum-in-slices.ts";
import type { Tables } from "./tables.ts";
import { wholeScope } from "./scope.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.parse("2026-03-01T00:00:00Z");
const days = 5;
const sealer = createSealer("the master key of the tests");

const fromRecords = ({ since = -Infinity, until = Infinity }: UsageQuery): Segment[] => [
  { from: "records", since, until },
];

test("a report from roll-ups is that from the records, whatever it asks for and in whatever order they came", async () => {
  const folder = makeTemporaryFolder();
  const path = join(folder, "sahab.db");
  let store = await openSqliteStore(path, sealer);
  const database = new Database(path, { readwrite: true, safeIntegers: true });
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database) });
  const random = seededRandom(chooseSeed("roll-ups"));
  const below = (count: number) => Math.floor(random() * count);
  const oneOf = <T>(...values: T[]) => values[below(values.length)] as T;
  const makeOne = (id: string): UsageRecord => {
    const isConverted = below(4) === 0;
    return makeRandomRecord(random, {
      id,
      time: startMs + below(days * 24) * hourMs + below(3) * (hourMs / 2 - 1),
      keyId: oneOf("key_1", "key_2"),
      project: oneOf("default", "other"),
      user: oneOf("", "anna", "bo 云\u0000"),
      organisation: oneOf("", "acme"),
      accountCost: isConverted ? BigInt(below(5_000)) : null,
      accountCurrency: isConverted ? "CNY" : null,
    });
  };
  const makeQuery = (): UsageQuery => {
    const times = [below(days * 24) * hourMs, below(days) * dayMs, below(days * dayMs), undefined, undefined];
    const [one, other] = [oneOf(...times), oneOf(...times)];
    const isOrdered = one === undefined || other === undefined || one <= other;
    const [since, until] = isOrdered ? [one, other] : [other, one];
    const spanMs = oneOf(hourMs, 6 * hourMs, dayMs, dayMs / 4 + 1, 16 * hourMs);
    const spans = Array.from({ length: below(12) + 2 }, (_, index) => startMs + 22 * hourMs + index * spanMs);
    const time = {
      since: since === undefined ? undefined : startMs + since,
      until: until === undefined ? undefined : startMs + until,
    };
    const groupBy = usageGroups.filter(() => below(3) === 0);
    return {
      ...(below(3) === 0 ? { since: spans[0], until: spans.at(-1), spans } : time),
      groupBy: groupBy.length === 0 ? [oneOf<UsageGroup>(...usageGroups)] : groupBy,
      currency: below(3) === 0 ? oneOf("USD", "CNY", "EUR") : undefined,
      keys: below(4) === 0 ? oneOf(["key_1"], ["key_2", "none"], []) : undefined,
      project: below(4) === 0 ? "other" : undefined,
      model: below(4) === 0 ? "small" : undefined,
      user: below(6) === 0 ? oneOf("", "anna") : undefined,
      rowsMax: below(3) === 0 ? 3 : undefined,
    };
  };
  const compare = async () => {
    const used = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const query = makeQuery();
      for (const { from } of segmentsOf(query)) used.add(from);
      const asked = { ...query, scope: wholeScope };
      const options = { signal: undefined, tags: sqliteTags };
      const expected = await sumInSlices(db, asked, { ...options, sliceRows: 5_000, divide: fromRecords });
      expect([query, await store.sumUsage(wholeScope, query)]).toEqual([query, expected]);
      if (query.spans === undefined) continue;
      // So that a slice has parts of several spans, and a span is in several slices.
      expect([query, await sumInSlices(db, asked, { ...options, sliceRows: 150 })]).toEqual([query, expected]);
    }
    expect([...used].toSorted()).toEqual(["day", "hour", "records", "user-day"]);
  };

  const compareSpent = async () => {
    for (let i = 0; i < 30; i++) {
      const column = oneOf("organisation", "project", "key_id");
      const name = oneOf("acme", "other", "key_1");
      const currency = oneOf("USD", "CNY");
      const [one, other] = [oneOf(0, startMs + below(days * dayMs)), oneOf(startMs + below(days) * dayMs, 9e15)];
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const { rows } = await sql<{ spent: bigint | null }>`
        select sum(coalesce(account_cost, cost)) as spent from usage
        where ${sql.ref(column)} = ${name} and time >= ${from} and time < ${to}
          and coalesce(account_currency, currency) = ${currency}`.execute(db);
      const spent = await spentByAccount(db, { column, name, currency }, { startMs: from, endMs: to });
      expect(spent).toBe(rows[0]?.spent ?? 0n);
    }
  };

  const records = Array.from({ length: 3_000 }, (_, index) => makeOne(`req_${index}`));
  for (let at = 0; at < records.length; at += 300) {
    // Some come again, as a recovery brings them, with records of long ago among them.
    await insert(store, records.slice(Math.max(0, at - 50), at + 300));
    if (at === 1_500) await compare();
  }
  await compare();
  await compareSpent();

  // A database of before there were roll-ups gets the same ones.
  const readAll = () =>
    db.selectFrom("usage_sums").selectAll().orderBy("span").orderBy("time").orderBy("key_id").execute();
  const before = await readAll();
  expect(before.length).toBeGreaterThan(1_000);
  await store.close();

  database.run("update usage_upkeep set filled = 0");
  store = await openSqliteStore(path, sealer);
  expect(await readAll()).toEqual(before);
  await store.close();
  database.close();
  removeTemporaryFolder(folder);
});

test("a day of another time zone is that of UTC, and the hours by which they differ", () => {
  const at = (hours: number) => startMs + hours * hourMs;
  const segments = (since: number, until: number) =>
    segmentsOf({ since: at(since), until: at(until), groupBy: [], currency: undefined }).map(
      ({ from, since, until, isLess = false }) => [
        isLess ? "less" : "and",
        from,
        (since - startMs) / hourMs,
        (until - startMs) / hourMs,
      ],
    );
  expect(segments(22, 46)).toEqual([
    ["and", "hour", 22, 24],
    ["and", "day", 24, 48],
    ["less", "hour", 46, 48],
  ]);
  expect(segments(5.5, 29)).toEqual([
    ["and", "records", 5.5, 6],
    ["less", "hour", 0, 6],
    ["and", "day", 0, 24],
    ["and", "hour", 24, 29],
  ]);
  expect(segments(6, 12)).toEqual([["and", "hour", 6, 12]]);
});

test("counts and amounts beyond 64 bits hold up no record", async () => {
  const folder = makeTemporaryFolder();
  const store = await openSqliteStore(join(folder, "sahab.db"), sealer);
  const random = seededRandom(1);
  for (let batch = 0; batch < 4; batch++)
    await insert(
      store,
      Array.from({ length: 400 }, (_, index) => ({
        ...makeRandomRecord(random, { id: `req_${batch}_${index}`, time: 1, model: "huge", attempts: [] }),
        inputTokens: Number.MAX_SAFE_INTEGER,
        cost: 9_000_000_000_000_000_000n,
        currency: "USD",
      })),
    );
  const { rows } = await store.sumUsage(wholeScope, {
    since: undefined,
    until: undefined,
    groupBy: ["model"],
    currency: "USD",
  });
  expect(rows).toMatchObject([{ requests: 1_600, cost: 1_600n * 9_000_000_000_000_000_000n }]);
  await store.close();
  removeTemporaryFolder(folder);
});
