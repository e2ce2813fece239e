import { Database, SQLiteError, type SQLQueryBindings } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Kysely, sql, SqliteDialect, type SqliteDatabase } from "kysely";
import type { Sealer } from "../../base/seal.ts";
import { syncFolder } from "../../base/sync-folder.ts";
import { fillRollups } from "./fill-rollups.ts";
import { migrate, NewerDatabaseError } from "./migrate.ts";
import { compileInsertUsage, type InsertUsage, type SqlDriver } from "./sql-driver.ts";
import { openSqlStore } from "./sql-store.ts";
import { sumInSlices } from "./sum-in-slices.ts";
import { UnfitRecordError, type OpenStore } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Files up to this size are checked completely when opened, which takes about 0.1 s. */
const checkedBytesMax = 64 * 1024 * 1024;

/** How long a statement waits for another process that writes; below what callers wait, so that they hear how it ended. */
const busyMs = 2_000;

/** Records of one slice of a report: about 5 ms. Slices of 20,000 take as long in all. */
const sliceRows = 5_000;

/** Opens or creates the database file. If it is damaged or cannot be read, the error says what is wrong and what to do. */
export async function openSqliteStore(path: string, sealer: Sealer): Promise<OpenStore> {
  const existed = existsSync(path);
  let database: Database | undefined;
  try {
    database = new Database(path, { create: true, readwrite: true, safeIntegers: true });
    // Write-ahead log: readers do not wait for the writer. FULL: a commit is on the disk when it returns, so that a journal's
    // segment may be deleted then. It costs one sync a commit, in the store's own thread.
    database.run(`PRAGMA busy_timeout = ${busyMs}`);
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    database.run("PRAGMA foreign_keys = ON");
    // The ends of nine indexes are written again and again: they stay in memory (KiB), and reach the file once every so many pages
    // of the log, which may grow to as many megabytes. Against the defaults (2 MB, 1,000 pages) that saves about 7 % of the time.
    database.run("PRAGMA cache_size = -16384");
    database.run("PRAGMA wal_autocheckpoint = 4000");
    if (existed && statSync(path).size <= checkedBytesMax) {
      const [result] = Object.values(database.query("PRAGMA quick_check(1)").get() as Record<string, unknown>);
      if (result !== "ok") throw new Error(String(result));
    }
    // The name of a new file is on the disk before anything is trusted to it.
    if (!existed) syncFolder(dirname(path));
    const dialect = sqliteDialect(database);
    const db = new Kysely<Tables>({ dialect });
    await migrate(db, "blob");
    await fillRollups(db);
    return openSqlStore(dialect, sealer, { driver: sqliteDriver(database), machine: "" });
  } catch (cause) {
    database?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof NewerDatabaseError)
      throw new Error(
        `Cannot open the database ${path}: ${reason}. Start the version of Sahab that was used last, or a later one; nothing was changed`,
        { cause },
      );
    throw new Error(
      existed
        ? `Cannot open the database ${path}: ${reason}. If the file is damaged, put a backup in its place, or move it away to start empty; the journal beside it is not touched`
        : `Cannot create the database ${path}: ${reason}`,
      { cause },
    );
  }
}

function sqliteDriver(database: Database): SqlDriver {
  return {
    bytesType: "blob",
    insertUsage: bulkInsert(database),
    nowMs: () => Date.now(),
    sumUsage: (db, query, signal) => sumInSlices(db, query, { signal, sliceRows, tags: sqliteTags }),
    lock: () => Promise.resolve(),
    tags: sqliteTags,
    // Kysely leaves a database open that nobody has asked for anything.
    close: () => Promise.resolve(database.close()),
  };
}

/** Looks into a record's tags by SQLite's functions for JSON. */
export const sqliteTags: SqlDriver["tags"] = {
  valueOf: (name) =>
    sql<string>`case when tags = '{}' or not json_valid(tags) then '' else coalesce(json_extract(tags, ${`$."${name}"`}), '') end`,
  encode: (value) => value,
  decode: (text) => text,
};

/**
 * Runs one prepared statement for each row: 5 µs a usage record, against 10 for a statement of 500 rows that Kysely compiles anew each
 * time. The drain does this for every request.
 */
function bulkInsert(database: Database): InsertUsage {
  let sql: string | undefined;
  return (tx, rows) => {
    const statement = database.query((sql ??= compileInsertUsage(tx)));
    try {
      return rows.filter((row) => statement.run(...(row as SQLQueryBindings[])).changes > 0);
    } catch (cause) {
      // The driver refuses numbers beyond 64 bits with a RangeError; SQLite itself refuses nulls and types by these codes.
      const isUnfit =
        cause instanceof RangeError ||
        cause instanceof TypeError ||
        (cause instanceof SQLiteError && /CONSTRAINT|MISMATCH|TOOBIG/.test(cause.code ?? ""));
      throw isUnfit ? new UnfitRecordError(cause.message, { cause }) : cause;
    }
  };
}

/** Kysely expects the interface of better-sqlite3; Bun's own driver differs in how parameters are passed. */
export function sqliteDialect(database: Database): SqliteDialect {
  const adapted: SqliteDatabase = {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.query(sql);
      const bind = (parameters: readonly unknown[]) => parameters as SQLQueryBindings[];
      return {
        reader: statement.columnNames.length > 0,
        all: (parameters) => statement.all(...bind(parameters)),
        run: (parameters) => statement.run(...bind(parameters)),
        iterate: (parameters) => statement.iterate(...bind(parameters)),
      };
    },
  };
  return new SqliteDialect({ database: adapted });
}
