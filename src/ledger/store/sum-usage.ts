import { sql, type Kysely } from "kysely";
import { decodeAttempts, tokenColumns, type Integer, type UsageRow, type UsageSum } from "../record/index.ts";
import { splitByProvider } from "./split-by-provider.ts";
import type { UsageGroup, UsageQuery } from "./store.ts";
import type { Tables } from "./tables.ts";

const dayMs = 86_400_000;
/** Nano-units in one unit of a currency. */
const costUnit = 1_000_000_000;

const groupColumns = {
  model: "model",
  key: "key_id",
  project: "project",
  provider: "provider",
} as const satisfies Partial<Record<UsageGroup, keyof Tables["usage"]>>;

/**
 * The attempts of requests that may have reached other providers than the one in their row, or none: that had several
 * attempts, or one that failed.
 */
const attemptList = sql<string>`case when attempts > 1 or (attempts = 1 and outcome <> 'ok') then attempt_list else '' end`;

/**
 * Sums usage in one statement. The sums have no order, and a group may have several, for the caller to add up.
 * `rowidMax` leaves out rows that SQLite added later.
 *
 * By provider each attempt counts for its own. The statement groups by the list of attempts, too, where it matters, and
 * the lists are decoded here: databases differ in how they would, and the form of a list is known in one place. It costs
 * 8 µs for each such request; the others take as long as in any report, about 1 µs.
 */
export async function sumUsage(
  db: Kysely<Tables>,
  query: UsageQuery,
  options: { rowidMax?: Integer } = {},
): Promise<UsageSum[]> {
  const { since, until, groupBy, currency, project } = query;
  const { rowidMax } = options;
  const group =
    groupBy === "day"
      ? sql<string | Integer>`time / ${sql.lit(dayMs)}`
      : sql<string | Integer>`${sql.ref(groupColumns[groupBy])}`;
  const attempts = groupBy === "provider" ? attemptList : sql<string>`''`;
  let select = db
    .selectFrom("usage")
    .select([
      group.as("group"),
      attempts.as("attempts"),
      "currency",
      sql<Integer>`count(*)`.as("requests"),
      ...tokenColumns.map((column) => sql<Integer>`sum(${sql.ref(column.sql)})`.as(column.sql)),
      // In two parts: a sum of nine billion units of a currency exceeds 64 bits, which is an error in SQLite.
      sql<Integer>`sum(cost / ${sql.lit(costUnit)})`.as("cost"),
      sql<Integer>`sum(cost % ${sql.lit(costUnit)})`.as("costRest"),
    ])
    .groupBy(groupBy === "provider" ? [group, "currency", attempts] : [group, "currency"]);
  if (since !== undefined) select = select.where("time", ">=", since);
  if (until !== undefined) select = select.where("time", "<", until);
  if (currency !== undefined) select = select.where("currency", "=", currency);
  if (project !== undefined) select = select.where("project", "=", project);
  // The plus keeps SQLite from choosing the rowid and not the index on time.
  if (rowidMax !== undefined) select = select.where(sql<boolean>`+rowid <= ${rowidMax}`);
  const rows = await select.execute();
  return rows.flatMap((row) => {
    const sum: UsageSum = {
      group: groupBy === "day" ? new Date(Number(row.group) * dayMs).toISOString().slice(0, 10) : String(row.group),
      currency: row.currency,
      requests: Number(row.requests),
      ...sumTokens(row),
      cost: BigInt(row.cost) * BigInt(costUnit) + BigInt(row.costRest),
    };
    return row.attempts === "" ? sum : splitByProvider(sum, decodeAttempts(row.attempts));
  });
}

function sumTokens(row: Pick<UsageRow, (typeof tokenColumns)[number]["sql"]>) {
  const sums = Object.fromEntries(tokenColumns.map((column) => [column.name, Number(row[column.sql])]));
  return sums as Pick<UsageSum, (typeof tokenColumns)[number]["name"]>;
}
