import { sql, type RawBuilder } from "kysely";
import type { Integer } from "../record/index.ts";
import type { TagsInSql } from "./sql-driver.ts";
import type { UsageGroup, usageGroups } from "./store.ts";
import type { Tables } from "./tables.ts";

/** What records are summed by, as columns that are named by their places: a report may be by several. */
export function groupsOf(groupBy: readonly UsageGroup[], tags: TagsInSql) {
  return groupBy.map((group, place) => groupOf(group, tags).as(nameAt(place)));
}

/** The same columns, to group by: an expression with a parameter in it is another one each time that it is written. */
export function groupNames(groupBy: readonly UsageGroup[]) {
  return groupBy.map((_, place) => sql.ref(nameAt(place)));
}

/** What a report calls a row's groups. */
export function readGroups(groupBy: readonly UsageGroup[], row: object, tags: TagsInSql): readonly string[] {
  const values = row as Readonly<Record<string, string | Integer | undefined>>;
  return groupBy.map((group, place) => {
    const value = values[nameAt(place)] ?? "";
    if (group === "day") return new Date(Number(value) * dayMs).toISOString().slice(0, 10);
    return isTag(group) ? tags.decode(String(value)) : String(value);
  });
}

const dayMs = 86_400_000;

const groupColumns = {
  model: "model",
  key: "key_id",
  project: "project",
  provider: "provider",
  user: "end_user",
} as const satisfies Record<Exclude<(typeof usageGroups)[number], "day">, keyof Tables["usage"]>;

function groupOf(group: UsageGroup, tags: TagsInSql): RawBuilder<string | Integer> {
  if (group === "day") return sql<Integer>`time / ${sql.lit(dayMs)}`;
  return isTag(group) ? tags.valueOf(group.slice(tagPrefix.length)) : sql<string>`${sql.ref(groupColumns[group])}`;
}

const tagPrefix = "tag:";

function isTag(group: UsageGroup): group is `tag:${string}` {
  return group.startsWith(tagPrefix);
}

function nameAt(place: number): "group0" {
  // The type of one of them, since the names of columns must be known when a query is checked.
  return `group${place}` as "group0";
}
