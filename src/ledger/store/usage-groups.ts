import { sql, type RawBuilder } from "kysely";
import type { Integer } from "../record/index.ts";
import type { UsageGroup, usageGroups } from "./store.ts";
import type { Tables } from "./tables.ts";

/** What records are summed by, as columns that are named by their places: a report may be by several. */
export function groupsOf(groupBy: readonly UsageGroup[]) {
  return groupBy.map((group, place) => groupOf(group).as(nameAt(place)));
}

/** The same columns, to group by: an expression with a parameter in it is another one each time that it is written. */
export function groupNames(groupBy: readonly UsageGroup[]) {
  return groupBy.map((_, place) => sql.ref(nameAt(place)));
}

/** What a report calls a row's groups. */
export function readGroups(groupBy: readonly UsageGroup[], row: object): readonly string[] {
  const values = row as Readonly<Record<string, string | Integer | undefined>>;
  return groupBy.map((group, place) => {
    const value = values[nameAt(place)] ?? "";
    return group === "day" ? new Date(Number(value) * dayMs).toISOString().slice(0, 10) : String(value);
  });
}

/** The value of a record's tag, empty where it has none. Its name reaches SQL as a parameter. Databases differ in how they look into JSON. */
export function tagValue(name: string): RawBuilder<string> {
  return sql<string>`case when tags = '{}' or not json_valid(tags) then '' else coalesce(json_extract(tags, ${`$."${name}"`}), '') end`;
}

const dayMs = 86_400_000;

const groupColumns = {
  model: "model",
  key: "key_id",
  project: "project",
  provider: "provider",
  user: "end_user",
} as const satisfies Record<Exclude<(typeof usageGroups)[number], "day">, keyof Tables["usage"]>;

function groupOf(group: UsageGroup): RawBuilder<string | Integer> {
  if (group === "day") return sql<Integer>`time / ${sql.lit(dayMs)}`;
  return isTag(group) ? tagValue(group.slice(tagPrefix.length)) : sql<string>`${sql.ref(groupColumns[group])}`;
}

const tagPrefix = "tag:";

function isTag(group: UsageGroup): group is `tag:${string}` {
  return group.startsWith(tagPrefix);
}

function nameAt(place: number): "group0" {
  // The type of one of them, since the names of columns must be known when a query is checked.
  return `group${place}` as "group0";
}
