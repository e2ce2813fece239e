import { sql, type Kysely } from "kysely";
import { tokenColumns, type Integer, type UsageRow, type UsageSum } from "../record/index.ts";
import type { UsageGroup, UsageQuery } from "./store.ts";
import { usageWithin } from "./usage-within.ts";
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

/** Sums usage in one statement, by the provider in a request's row; moveAttempts mends that. The rows have no order. */
export async function sumUsage(
  db: Kysely<Tables>,
  query: UsageQuery,
  options: { rowidMax?: Integer } = {},
): Promise<UsageSum[]> {
  const { groupBy } = query;
  const group =
    groupBy === "day"
      ? sql<string | Integer>`time / ${sql.lit(dayMs)}`
      : sql<string | Integer>`${sql.ref(groupColumns[groupBy])}`;
  const select = db
    .selectFrom("usage")
    .select([
      group.as("group"),
      "currency",
      sql<Integer>`count(*)`.as("requests"),
      ...tokenColumns.map((column) => sql<Integer>`sum(${sql.ref(column.sql)})`.as(column.sql)),
      // In two parts: a sum of nine billion units of a currency exceeds 64 bits, which is an error in SQLite.
      sql<Integer>`sum(cost / ${sql.lit(costUnit)})`.as("cost"),
      sql<Integer>`sum(cost % ${sql.lit(costUnit)})`.as("costRest"),
    ])
    .where(usageWithin(query, options))
    .groupBy([group, "currency"]);
  const rows = await select.execute();
  return rows.map((row) => ({
    group: groupBy === "day" ? new Date(Number(row.group) * dayMs).toISOString().slice(0, 10) : String(row.group),
    currency: row.currency,
    requests: Number(row.requests),
    ...sumTokens(row),
    cost: BigInt(row.cost) * BigInt(costUnit) + BigInt(row.costRest),
  }));
}

function sumTokens(row: Pick<UsageRow, (typeof tokenColumns)[number]["sql"]>) {
  const sums = Object.fromEntries(tokenColumns.map((column) => [column.name, Number(row[column.sql])]));
  return sums as Pick<UsageSum, (typeof tokenColumns)[number]["name"]>;
}
