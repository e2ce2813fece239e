import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Kysely, type CompiledQuery } from "kysely";
import { addManyRecords } from "../../testing/many-records.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { listUsage } from "./list-usage.ts";
import { sqliteDialect, sqliteTags } from "./sqlite.ts";
import { wholeScope } from "./scope.ts";
import type { UsageListing } from "./store.ts";
import type { Tables } from "./tables.ts";

// Plans do not depend on how many rows there are, but what a wrong one costs does.

const folder = makeTemporaryFolder();
let database: Database;
let db: Kysely<Tables>;
const queries: CompiledQuery[] = [];

beforeAll(async () => {
  const path = join(folder, "sahab.db");
  await addManyRecords({ path, masterKey: "the master key of the tests" }, 200_000);
  database = new Database(path, { readwrite: true, safeIntegers: true });
  db = new Kysely<Tables>({ dialect: sqliteDialect(database), log: ({ query }) => void queries.push(query) });
});
afterAll(() => {
  database.close();
  removeTemporaryFolder(folder);
});

const page = { limit: 100, cursor: undefined };

/** How SQLite runs each statement of a list. */
async function plansOf(listing: UsageListing): Promise<string[]> {
  queries.length = 0;
  await listUsage(db, { ...listing, scope: wholeScope }, { tags: sqliteTags });
  return queries.flatMap(({ sql, parameters }) =>
    database
      .query<{ detail: string }, never[]>(`explain query plan ${sql}`)
      .all(...(parameters as never[]))
      .map(({ detail }) => detail),
  );
}

test("each filter goes along its own index, which has the order as well", async () => {
  const time = { since: 1_700_000_000_000, until: 1_710_000_000_000 };
  const cases: [Partial<UsageListing>, string][] = [
    [{}, "usage_time"],
    [time, "usage_time"],
    [{ cursor: "1700030000000-req_1" }, "usage_time"],
    [{ keys: ["key_7"] }, "usage_key_id"],
    [{ keys: ["key_7", "key_9"] }, "usage_key_id"],
    [{ project: "default", ...time }, "usage_project"],
    [{ model: "model-3" }, "usage_model"],
    [{ provider: "fake" }, "usage_provider"],
    [{ status: 200, ...time, cursor: "1700030000000-req_1" }, "usage_status"],
    [{ status: { min: 400, max: 599 } }, "usage_status"],
    [{ user: "anna" }, "usage_time"],
    [{ tags: [{ name: "team", value: "search" }], ...time }, "usage_time"],
    [{ endedSince: 1_700_059_000_000 }, "usage_ended"],
    [{ endedSince: 1_700_059_000_000, keys: ["key_7", "key_9"], status: 200, ...time }, "usage_ended"],
    [{ endedSince: 1_700_059_000_000, user: "", cursor: "1700059990000-req_1" }, "usage_ended"],
  ];
  for (const [filter, index] of cases) {
    const plans = await plansOf({ ...page, ...filter });
    expect(plans.filter((plan) => plan.includes("usage"))).not.toEqual([]);
    for (const plan of plans) {
      if (plan.includes("usage")) expect(plan).toMatch(new RegExp(`usage USING (COVERING )?INDEX ${index}\\b`));
      // Without an order of its own a list would be sorted as a whole.
      if (filter.keys?.length !== 2) expect(plan).not.toMatch(/TEMP B-TREE FOR ORDER BY/);
    }
  }
});

test("of several filters the rarest one's index is used, and none is gone through as a whole", async () => {
  database.run("update usage set status = 418 where rowid % 20000 = 0");
  const plans = await plansOf({ ...page, status: 418, project: "default", provider: "fake" });
  expect(plans.join("\n")).not.toMatch(/SCAN usage\b/);
  expect(plans.at(-2)).toMatch(/usage USING INDEX usage_status/);
});

test("a page that finds nothing ends after a bounded number of rows, and the next ones come to the end", async () => {
  // Half of the records each, and none together.
  database.run("update usage set provider = 'other' where rowid % 2 = 0");
  database.run("update usage set project = 'other' where rowid % 2 = 1");
  const listing = { ...page, scope: wholeScope, provider: "other", project: "other" };
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { records, next } = await listUsage(db, { ...listing, cursor }, { tags: sqliteTags, pageRows: 30_000 });
    expect(records).toEqual([]);
    cursor = next ?? undefined;
    pages++;
  } while (cursor !== undefined && pages < 10);
  expect(pages).toBe(4);
  expect((await listUsage(db, { ...listing, project: "default" }, { tags: sqliteTags })).records).toHaveLength(100);
});
