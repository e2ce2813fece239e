import type { Insertable, Kysely, RawBuilder } from "kysely";
import { usageColumns, type UsageValues } from "../record/index.ts";
import type { Scope } from "./scope.ts";
import type { UsageQuery, UsageReport } from "./store.ts";
import type { Tables } from "./tables.ts";

/**
 * Adds the usage records whose ids are not there yet, in a transaction that has begun, and returns those that were added, in their order.
 * Throws an UnfitRecordError where one can never be stored.
 */
export type InsertUsage = (
  tx: Kysely<Tables>,
  rows: readonly UsageValues[],
) => readonly UsageValues[] | Promise<readonly UsageValues[]>;

/** What databases do differently. */
export interface SqlDriver {
  bytesType: "blob" | "bytea";
  insertUsage: InsertUsage;
  /** The clock that all machines share: milliseconds since 1970. */
  nowMs(db: Kysely<Tables>): number | Promise<number>;
  sumUsage(db: Kysely<Tables>, query: ScopedQuery, signal: AbortSignal | undefined): Promise<UsageReport>;
  /**
   * Holds off other transactions that ask for the same lock until this one has ended, so that what it counts stays true; those that share it
   * hold off only those that do not. SQLite does so of itself once a transaction has written, so what is read after this is read after a write.
   */
  lock(tx: Kysely<Tables>, name: string, mode?: "shared"): Promise<void>;
  tags: TagsInSql;
  /** Closes what the driver has opened beside the store's own connections. */
  close?(): Promise<void>;
}

/** A report, and of which projects it may be. */
export interface ScopedQuery extends UsageQuery {
  scope: Scope;
}

/** How the tags of a record are looked into, where databases differ. */
export interface TagsInSql {
  /** The value of a record's tag, encoded; empty where it has none. Its name reaches SQL as a parameter. */
  valueOf(name: string): RawBuilder<string>;
  encode(value: string): string;
  decode(encoded: string): string;
}

/** Adds one usage record unless its id is there: the same columns in the same order for every row. */
export function compileInsertUsage(db: Kysely<Tables>): string {
  const row = Object.fromEntries(usageColumns.map(({ sql }) => [sql, null])) as unknown as Insertable<Tables["usage"]>;
  const onConflict = db
    .insertInto("usage")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doNothing());
  return onConflict.compile().sql;
}
