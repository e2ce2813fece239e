import { sql, type Kysely, type RawBuilder } from "kysely";
import type { Nano } from "../../base/money.ts";
import { noAmounts, noCounts, countColumns, type Integer, type UsageRow, type UsageSum } from "../record/index.ts";
import { groupNames, groupsOf, readGroups } from "./usage-groups.ts";
import { costUnit } from "./rollup-columns.ts";
import type { ScopedQuery, TagsInSql } from "./sql-driver.ts";
import { usageWithin } from "./usage-within.ts";
import type { Tables } from "./tables.ts";

/** Sums usage in one statement, by the provider in a request's row; moveAttempts mends that. The rows have no order. */
export async function sumUsage(db: Kysely<Tables>, query: ScopedQuery, tags: TagsInSql): Promise<UsageSum[]> {
  const { groupBy } = query;
  const select = db
    .selectFrom("usage")
    .select([
      ...groupsOf(groupBy, tags),
      "currency",
      "provider_currency",
      sql<Integer>`count(*)`.as("requests"),
      ...countColumns.map((column) => sumOfCounts(column.sql).as(column.sql)),
      ...sumOf("cost", sql`cost`),
      ...sumOf("providerCost", sql`coalesce(provider_cost, cost)`),
      ...sumOf("vendorCost", sql`vendor_cost`),
      ...sumOf("comparedCost", sql`compared_cost`),
    ])
    .where(usageWithin(query, tags))
    .groupBy([...groupNames(groupBy), "currency", "provider_currency"]);
  const rows = await select.execute();
  return rows.flatMap((row): UsageSum[] => {
    const { currency, provider_currency: providerCurrency } = row;
    const groups = readGroups(groupBy, row, tags);
    const cost = joinParts(row.cost, row.costRest) ?? 0n;
    const ofProvider = {
      providerCost: joinParts(row.providerCost, row.providerCostRest) ?? 0n,
      vendorCost: joinParts(row.vendorCost, row.vendorCostRest),
      comparedCost: joinParts(row.comparedCost, row.comparedCostRest),
    };
    const own = { groups, currency, requests: Number(row.requests), ...sumCounts(row), cost };
    if (providerCurrency === null || providerCurrency === currency) return [{ ...own, ...ofProvider }];
    return [
      { ...own, ...noAmounts, cost },
      { groups, currency: providerCurrency, requests: 0, ...noCounts, cost: 0n, ...ofProvider },
    ];
  });
}

/** As numbers, which are exact up to 2^53 and larger ones no error: a vendor may claim any count. */
export function sumOfCounts(column: string): RawBuilder<Integer> {
  return sql<Integer>`sum(cast(${sql.ref(column)} as double precision))`;
}

/** In two parts: a sum of nine billion units of a currency exceeds 64 bits, which is an error in SQLite. */
function sumOf<Name extends string>(name: Name, value: RawBuilder<unknown>) {
  return [
    sql<Integer | null>`sum(${value} / ${sql.lit(costUnit)})`.as(name),
    sql<Integer | null>`sum(${value} % ${sql.lit(costUnit)})`.as(`${name}Rest`),
  ] as const;
}

/** Null where there was nothing to sum. */
function joinParts(units: Integer | null, rest: Integer | null): Nano | null {
  return units === null || rest === null ? null : BigInt(units) * BigInt(costUnit) + BigInt(rest);
}

function sumCounts(row: Pick<UsageRow, (typeof countColumns)[number]["sql"]>) {
  const sums = Object.fromEntries(countColumns.map((column) => [column.name, Number(row[column.sql])]));
  return sums as Pick<UsageSum, (typeof countColumns)[number]["name"]>;
}
