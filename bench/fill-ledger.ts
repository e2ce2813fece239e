import { Database } from "bun:sqlite";

/** From this time on the records of a year are spread evenly. */
export const ledgerStartMs = Date.parse("2026-01-01T00:00:00Z");
const yearMs = 365 * 86_400_000;

/** Fills a database that is there with records of a year, by SQL; who opens it next makes their roll-ups. */
export function fillLedger(path: string, records: number): void {
  const database = new Database(path, { readwrite: true });
  try {
    database.run("PRAGMA synchronous = OFF");
    database.run("PRAGMA cache_size = -1000000");
    // Indexes are quicker made at the end than kept.
    const indexes = database
      .query<{ name: string; sql: string }, []>(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'usage' AND type = 'index' AND sql IS NOT NULL",
      )
      .all();
    for (const { name } of indexes) database.run(`DROP INDEX ${name}`);
    database.run(
      `INSERT INTO usage (id, time, key_id, project, model, provider, operation, attempts, attempt_list, status, outcome, streamed,
         input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, estimated, cost, currency, latency_ms, end_user, tags, organisation)
       WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
       SELECT printf('req_%026d', i), ?2 + i * ?3 / ?1, 'key_' || (i % 50), 'project-' || (i % 5), 'model-' || (i % 20),
         'provider-' || (i % 4), 'chat', 1,
         '[6,["provider-0","some-model-of-a-vendor",1,2,210,1800,"chatcmpl-0123456789abcdef","ok",1000,40,0,200,5,false,"1234567",null,"USD"]]',
         CASE WHEN i % 9973 = 0 THEN 503 WHEN i % 50 = 3 THEN 429 ELSE 200 END, 'ok', 1,
         900 + i % 2000, i % 700, 50 + i % 600, 5, 0, 1000000 + i % 50000, 'USD', 1900, 'user-' || (i % 300),
         '{"session":"session-' || (i % 5000) || '"}', 'acme' FROM n`,
      [records, ledgerStartMs, yearMs],
    );
    for (const { sql } of indexes) database.run(sql);
    database.run("UPDATE usage_upkeep SET filled = 0");
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}
