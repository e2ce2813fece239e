import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { ScopedQuery, TagsInSql } from "./sql-driver.ts";
import { withinScope } from "./within-scope.ts";

/** The condition that a record, or a row of roll-ups, is one of those that the query asks for. Rows of roll-ups have no tags. */
export function usageWithin(
  { scope, since, until, keys, project, model, user, tags = [] }: Omit<ScopedQuery, "groupBy" | "currency">,
  inSql: TagsInSql,
): RawBuilder<SqlBool> {
  const conditions = [
    ...(scope.projects === undefined ? [] : [withinScope(scope)]),
    ...(since === undefined ? [] : [sql`time >= ${since}`]),
    ...(until === undefined ? [] : [sql`time < ${until}`]),
    ...(keys === undefined ? [] : [keys.length === 0 ? sql`1 = 0` : sql`key_id in (${sql.join(keys)})`]),
    ...(project === undefined ? [] : [sql`project = ${project}`]),
    ...(model === undefined ? [] : [sql`model = ${model}`]),
    ...(user === undefined ? [] : [sql`end_user = ${user}`]),
    ...tags.map(({ name, value }) => sql`${inSql.valueOf(name)} = ${inSql.encode(value)}`),
  ];
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}
