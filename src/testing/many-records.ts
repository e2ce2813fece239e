import { Database } from "bun:sqlite";
import { openLog } from "../base/log.ts";
import { openStoreThread } from "../ledger/index.ts";

/** Fills a database, which it makes where there is none, with so many usage records, without roll-ups: about 3 s for a million. */
export async function addManyRecords(location: { path: string; masterKey: string }, count: number): Promise<void> {
  await (await openStoreThread({ log: openLog({ level: "silent", pretty: false }) }, location)).close();
  const database = new Database(location.path, { readwrite: true });
  database.run("PRAGMA synchronous = OFF");
  database.run(
    `insert into usage (id, time, key_id, project, model, provider, operation, attempts, status, outcome, streamed,
       input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, estimated, cost, currency, latency_ms)
     with recursive n(i) as (select 0 union all select i + 1 from n where i < ?)
     select printf('req_%026d', i), 1700000000000 + i * 300, 'key_' || (i % 50), 'default', 'model-' || (i % 20), 'fake',
       'chat', 1, 200, 'ok', 1, 100 + i % 1000, 40, 20 + i % 500, 5, 0, 123456, 'USD', 12 from n`,
    [count - 1],
  );
  database.close();
}
