import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { Scope } from "./scope.ts";

/** The condition that the project of a row may be seen. */
export function withinScope({ projects }: Scope): RawBuilder<SqlBool> {
  if (projects === undefined) return sql<SqlBool>`1 = 1`;
  return projects.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`project in (${sql.join(projects)})`;
}

/** The condition that the project of the key in this column may be seen. */
export function keyWithinScope(scope: Scope, column: string): RawBuilder<SqlBool> {
  if (scope.projects === undefined) return sql<SqlBool>`1 = 1`;
  return sql<SqlBool>`${sql.ref(column)} in (select id from keys where ${withinScope(scope)})`;
}

/** The condition that the account of a meter may be seen: those of organisations and sessions by whoever sees all projects. */
export function accountWithinScope(scope: Scope): RawBuilder<SqlBool> {
  const { projects } = scope;
  if (projects === undefined) return sql<SqlBool>`1 = 1`;
  if (projects.length === 0) return sql<SqlBool>`1 = 0`;
  const ofKeys = sql`select id from keys where ${withinScope(scope)}`;
  return sql<SqlBool>`(
    account in (${sql.join(projects.map((project) => `project:${project}`))})
    or (account like 'key:%' and substr(account, 5) in (${ofKeys}))
  )`;
}
