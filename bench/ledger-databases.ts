import { Database } from "bun:sqlite";
import { join } from "node:path";
import { parseDatabaseAddress } from "../src/base/database-address.ts";
import { openLog } from "../src/base/log.ts";
import { openStoreThread, type StoreThread } from "../src/ledger/index.ts";
import { hasPostgres, Postgres } from "../src/testing/postgres.ts";
import { makeOutFolder } from "./out-folder.ts";

const masterKey = "the master key of the bench";
const log = openLog({ level: "error", pretty: false });

/** From this time on the records of a year are spread evenly. */
export const ledgerStartMs = Date.parse("2026-01-01T00:00:00Z");
const yearMs = 365 * 86_400_000;

/** An empty database of Sahab, with a folder beside it for a journal. */
export interface LedgerDatabase {
  folder: string;
  open(): Promise<StoreThread>;
  /** Fills it with records of a year, by SQL; who opens it next makes their roll-ups. */
  fill(records: number): Promise<void>;
  remove(): Promise<void>;
}

export interface DatabaseKind {
  name: string;
  /** Records a second that it is to take for good. */
  goalPerSecond: number;
  make(): Promise<LedgerDatabase>;
  close(): Promise<void>;
}

/** SQLite, and PostgreSQL where it is installed, in a cluster of its own that has every commit on the disk. */
export async function ledgerDatabases(): Promise<DatabaseKind[]> {
  if (!hasPostgres) return [sqlite];
  const cluster = new Postgres({ isDurable: true, sharedBuffers: "256MB" });
  await cluster.start();
  return [sqlite, postgresIn(cluster)];
}

const sqlite: DatabaseKind = {
  name: "SQLite",
  goalPerSecond: 20_000,
  async make() {
    const folder = makeOutFolder("ledger");
    const path = join(folder.path, "sahab.db");
    return {
      folder: folder.path,
      open: () => openStoreThread({ log }, { path, masterKey }),
      fill: (records) => Promise.resolve(fillSqlite(path, records)),
      remove: () => Promise.resolve(folder.remove()),
    };
  },
  close: () => Promise.resolve(),
};

function postgresIn(cluster: Postgres): DatabaseKind {
  return {
    name: "PostgreSQL",
    goalPerSecond: 5_000,
    async make() {
      const folder = makeOutFolder("ledger");
      const name = await cluster.createDatabase();
      const postgres = parseDatabaseAddress(cluster.url(name), (path) => path);
      return {
        folder: folder.path,
        open: () => openStoreThread({ log }, { postgres, machine: "bench", masterKey }),
        fill: (records) => fillPostgres(cluster, name, records),
        async remove() {
          folder.remove();
          await cluster.query(`drop database ${name} with (force)`);
        },
      };
    },
    close: () => cluster.stop(),
  };
}

const filledColumns = `id, time, key_id, project, model, provider, operation, attempts, attempt_list, status, outcome, streamed,
  input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, estimated, cost, currency, latency_ms, end_user, tags, organisation`;

/** Both databases understand it; `i` counts from 0. */
const filledValues = (
  records: number,
  id: string,
) => `${id}, ${ledgerStartMs} + i * ${yearMs} / ${records}, 'key_' || (i % 50),
  'project-' || (i % 5), 'model-' || (i % 20), 'provider-' || (i % 4), 'chat', 1,
  '[6,["provider-0","some-model-of-a-vendor",1,2,210,1800,"chatcmpl-0123456789abcdef","ok",1000,40,0,200,5,false,"1234567",null,"USD"]]',
  CASE WHEN i % 9973 = 0 THEN 503 WHEN i % 50 = 3 THEN 429 ELSE 200 END, 'ok', 1,
  900 + i % 2000, i % 700, 50 + i % 600, 5, 0, 1000000 + i % 50000, 'USD', 1900, 'user-' || (i % 300),
  '{"session":"session-' || (i % 5000) || '"}', 'acme'`;

const resetRollups = "UPDATE usage_upkeep SET filled = 0";

function fillSqlite(path: string, records: number): void {
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
      `INSERT INTO usage (${filledColumns})
       WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${records - 1})
       SELECT ${filledValues(records, "printf('req_%026d', i)")} FROM n`,
    );
    for (const { sql } of indexes) database.run(sql);
    database.run(resetRollups);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

async function fillPostgres(cluster: Postgres, name: string, records: number): Promise<void> {
  const indexes = await cluster.query<{ name: string; sql: string }>(
    "SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE tablename = 'usage' AND indexname <> 'usage_pkey'",
    name,
  );
  const fill = `INSERT INTO usage (${filledColumns})
    SELECT ${filledValues(records, "'req_' || lpad(i::text, 26, '0')")} FROM generate_series(0::bigint, ${records - 1}) AS n(i)`;
  const statements = [
    "SET maintenance_work_mem = '256MB'",
    ...indexes.map((index) => `DROP INDEX ${index.name}`),
    fill,
    ...indexes.map((index) => index.sql),
    resetRollups,
  ];
  await cluster.query(statements.join("; "), name);
  await cluster.query("VACUUM ANALYZE usage", name);
}
