import { sql, type Expression, type ExpressionBuilder, type SqlBool } from "kysely";
import type { Integer } from "../record/index.ts";
import type { UsageQuery } from "./store.ts";
import type { TagsInSql } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";

/** What is summed at a time. */
export interface Slice {
  driver: { tags: TagsInSql };
  /** Leaves out rows that SQLite has added later. */
  rowidMax?: Integer;
}

/** The condition that a record is one of those that the query asks for. */
export function usageWithin(
  { since, until, keys, project, model, user, tags = [] }: UsageQuery,
  { rowidMax, driver }: Slice,
): (builder: ExpressionBuilder<Tables, "usage">) => Expression<SqlBool> {
  return (builder) =>
    builder.and([
      ...(since === undefined ? [] : [builder("time", ">=", since)]),
      ...(until === undefined ? [] : [builder("time", "<", until)]),
      ...(keys === undefined ? [] : [builder("key_id", "in", keys)]),
      ...(project === undefined ? [] : [builder("project", "=", project)]),
      ...(model === undefined ? [] : [builder("model", "=", model)]),
      ...(user === undefined ? [] : [builder("end_user", "=", user)]),
      ...tags.map(({ name, value }) => sql<SqlBool>`${driver.tags.valueOf(name)} = ${driver.tags.encode(value)}`),
      // The plus keeps SQLite from choosing the rowid and not the index on time.
      ...(rowidMax === undefined ? [] : [sql<SqlBool>`+rowid <= ${rowidMax}`]),
    ]);
}
