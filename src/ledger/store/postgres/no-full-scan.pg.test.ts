import { beforeAll, expect, test } from "bun:test";
import { parseDatabaseAddress } from "../../../base/database-address.ts";
import { eventually } from "../../../testing/eventually.ts";
import { describeWithPostgres } from "../../../testing/postgres.ts";
import { openStore } from "../open-store.ts";
import type { UsageListing } from "../store.ts";
import { wholeScope } from "../scope.ts";

// The database itself counts how often it has gone through a whole table.

describeWithPostgres("200,000 records in PostgreSQL", (cluster) => {
  let database = "";
  const open = () => {
    const postgres = parseDatabaseAddress(cluster.socketUrl(database), (path) => path);
    return openStore({ postgres, machine: "one", masterKey: "the master key of the tests" });
  };

  beforeAll(async () => {
    await cluster.start();
    database = await cluster.createDatabase();
    await (await open()).close();
    await cluster.query(
      `insert into usage (id, time, key_id, project, model, provider, operation, attempts, status, outcome, streamed,
         input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, estimated, cost, currency, latency_ms)
       select 'req_' || lpad(i::text, 26, '0'), 1700000000000 + i * 300, 'key_' || (i % 50), 'project-' || (i % 2),
         'model-' || (i % 20), 'provider-' || (i % 4), 'chat', 1, case when i % 9973 = 0 then 503 else 200 end, 'ok', 1,
         100, 40, 20, 5, 0, 123456, 'USD', 12 from generate_series(0::bigint, 199999) as n(i)`,
      database,
    );
    await cluster.query("analyze usage", database);
  });

  /** Of the table of records, once all that was asked before is counted: a connection tells what it did when it ends. */
  async function countScans(): Promise<number> {
    await eventually("the end of other connections", async () => {
      const others = await cluster.query(
        `select 1 from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid() and backend_type = 'client backend'`,
      );
      return others.length === 0;
    });
    const [row] = await cluster.query<{ scans: string }>(
      "select seq_scan as scans from pg_stat_user_tables where relname = 'usage'",
      database,
    );
    return Number(row?.scans);
  }

  test("no list and no report of them goes through all", async () => {
    const before = await countScans();
    const store = await open();
    const page = { limit: 100, cursor: undefined };
    const day = { since: 1_700_000_000_000, until: 1_700_010_000_000 };
    const lists: UsageListing[] = [
      page,
      { ...page, ...day },
      { ...page, cursor: "1700030000000-req_1" },
      { ...page, keys: ["key_7"] },
      { ...page, keys: ["key_7", "key_9"], ...day },
      { ...page, project: "project-1" },
      { ...page, model: "model-3", cursor: "1700030000000-req_1" },
      { ...page, provider: "provider-2" },
      { ...page, status: 503 },
      { ...page, status: 503, project: "project-1", provider: "provider-1" },
      { ...page, keys: ["key_7"], model: "model-8" },
      { ...page, status: { min: 400, max: 599 } },
      { ...page, user: "anna", ...day },
      { ...page, endedSince: 1_700_059_000_000, keys: ["key_7", "key_9"] },
    ];
    for (const listing of lists) await store.listUsage(wholeScope, listing);
    expect(await store.findUsage(wholeScope, `req_${"0".repeat(20)}`, 2)).toHaveLength(2);
    const all = { since: undefined, until: undefined, currency: undefined };
    for (const groupBy of [["model"], ["key", "day"], ["provider"], ["user"]] as const)
      await store.sumUsage(wholeScope, { ...all, groupBy: [...groupBy] });
    await store.sumUsage(wholeScope, { ...all, ...day, groupBy: ["tag:session"] });
    await store.close();
    expect(await countScans()).toBe(before);
    await cluster.query("select count(*) from usage where latency_ms = 12", database);
    expect(await countScans()).toBeGreaterThan(before);
  });
});
