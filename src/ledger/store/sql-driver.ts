import type { Insertable, Kysely } from "kysely";
import { usageColumns, type UsageValues } from "../record/index.ts";
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
  sumUsage(db: Kysely<Tables>, query: UsageQuery, signal: AbortSignal | undefined): Promise<UsageReport>;
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
