import { sql, type Expression, type ExpressionBuilder, type SqlBool } from "kysely";
import type { Integer } from "../record/index.ts";
import type { UsageQuery } from "./store.ts";
import { tagValue } from "./usage-groups.ts";
import type { Tables } from "./tables.ts";

/** The condition that a record is one of those that the query asks for. `rowidMax` leaves out rows that SQLite added later. */
export function usageWithin(
  { since, until, keys, project, model, user, tags = [] }: UsageQuery,
  { rowidMax }: { rowidMax?: Integer },
): (builder: ExpressionBuilder<Tables, "usage">) => Expression<SqlBool> {
  return (builder) =>
    builder.and([
      ...(since === undefined ? [] : [builder("time", ">=", since)]),
      ...(until === undefined ? [] : [builder("time", "<", until)]),
      ...(keys === undefined ? [] : [builder("key_id", "in", keys)]),
      ...(project === undefined ? [] : [builder("project", "=", project)]),
      ...(model === undefined ? [] : [builder("model", "=", model)]),
      ...(user === undefined ? [] : [builder("end_user", "=", user)]),
      ...tags.map(({ name, value }) => sql<SqlBool>`${tagValue(name)} = ${value}`),
      // The plus keeps SQLite from choosing the rowid and not the index on time.
      ...(rowidMax === undefined ? [] : [sql<SqlBool>`+rowid <= ${rowidMax}`]),
    ]);
}
