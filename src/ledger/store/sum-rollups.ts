import { sql, type Kysely } from "kysely";
import { noCounts, countColumns, type Integer, type UsageSum } from "../record/index.ts";
import { costUnit, rollupAmounts, type RollupName } from "./rollup-columns.ts";
import type { ScopedQuery, TagsInSql } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";
import { groupNames, groupsOf, readGroups } from "./usage-groups.ts";
import { sumOfCounts } from "./sum-usage.ts";
import { usageWithin } from "./usage-within.ts";

/**
 * Sums the roll-ups of one span in one statement, with providers and currencies as they are to be told. `bounds`, in rising order, divide its
 * time into parts, each of which has sums of its own. The rows have no order.
 */
export async function sumRollups(
  db: Kysely<Tables>,
  span: RollupName,
  { query, tags, bounds = [] }: { query: ScopedQuery; tags: TagsInSql; bounds?: readonly number[] },
): Promise<{ part: number; sum: UsageSum }[]> {
  const { groupBy } = query;
  const requests = groupBy.includes("provider") ? "provider_requests" : "requests";
  const rows = await db
    .selectFrom("usage_sums")
    .select([
      partBetween(bounds).as("part"),
      ...groupsOf(groupBy, tags),
      "currency",
      sumOf(requests).as("requests"),
      sumOf("vendor_stated").as("vendor_stated"),
      ...countColumns.map((column) => sumOfCounts(column.sql).as(column.sql)),
      ...rollupAmounts.flatMap((name) => [sumOf(name).as(name), sumOf(`${name}_rest`).as(`${name}_rest`)] as const),
    ])
    .where("span", "=", span)
    .where(usageWithin(query, tags))
    .groupBy([sql.ref("part"), ...groupNames(groupBy), "currency"])
    .execute();
  return rows.map((row) => {
    const amountOf = (name: (typeof rollupAmounts)[number]) =>
      BigInt(row[name]) * BigInt(costUnit) + BigInt(row[`${name}_rest`]);
    const isStated = Number(row.vendor_stated) > 0;
    const sum: UsageSum = {
      ...noCounts,
      groups: readGroups(groupBy, row, tags),
      currency: row.currency,
      requests: Number(row.requests),
      cost: amountOf("cost"),
      providerCost: amountOf("provider_cost"),
      vendorCost: isStated ? amountOf("vendor_cost") : null,
      comparedCost: isStated ? amountOf("compared_cost") : null,
    };
    for (const { name, sql } of countColumns) sum[name] = Number(row[sql]);
    return { part: Number(row.part), sum };
  });
}

/** How many of the bounds a row is after. Of few forms, however many bounds there are, since a database keeps each statement that it was asked. */
function partBetween(bounds: readonly number[]) {
  const [last] = bounds.slice(-1);
  if (last === undefined) return sql<Integer>`0`;
  const repeated = Array.from({ length: 2 ** Math.ceil(Math.log2(bounds.length)) - bounds.length }, () => last);
  const cases = [...bounds, ...repeated].map((bound, part) => sql`when time < ${bound} then ${sql.lit(part)}`);
  // Past the last bound, and so past those that repeat it.
  return sql<Integer>`case ${sql.join(cases, sql` `)} else ${sql.lit(bounds.length)} end`;
}

function sumOf(column: string) {
  return sql<Integer>`sum(${sql.ref(column)})`;
}
