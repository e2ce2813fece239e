import { sql, type Expression, type ExpressionBuilder, type SqlBool } from "kysely";
import type { Integer } from "../record/index.ts";
import type { UsageQuery } from "./store.ts";
import type { Tables } from "./tables.ts";

/** The condition that a record is one of those that the query asks for. `rowidMax` leaves out rows that SQLite added later. */
export function usageWithin(
  { since, until, project }: UsageQuery,
  { rowidMax }: { rowidMax?: Integer },
): (builder: ExpressionBuilder<Tables, "usage">) => Expression<SqlBool> {
  return (builder) =>
    builder.and([
      ...(since === undefined ? [] : [builder("time", ">=", since)]),
      ...(until === undefined ? [] : [builder("time", "<", until)]),
      ...(project === undefined ? [] : [builder("project", "=", project)]),
      // The plus keeps SQLite from choosing the rowid and not the index on time.
      ...(rowidMax === undefined ? [] : [sql<SqlBool>`+rowid <= ${rowidMax}`]),
    ]);
}
