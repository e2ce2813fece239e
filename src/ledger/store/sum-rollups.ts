import { sql, type Kysely } from "kysely";
import { must } from "../../base/assert.ts";
import { noCounts, countColumns, type Integer, type UsageSum } from "../record/index.ts";
import { costUnit, rollupAmounts, type RollupName } from "./rollup-columns.ts";
import type { ScopedQuery, TagsInSql } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";
import { groupNames, groupsOf, readGroups } from "./usage-groups.ts";
import { sumOfCounts } from "./sum-usage.ts";
import { usageWithin } from "./usage-within.ts";

/** A sum that others of the same groups are added to. */
export type PartialSum = UsageSum & {
  /** Requests of which a vendor states a bill, at least; without any there is none. */
  stated: number;
};

/** The amounts that a report shows. */
const amounts = rollupAmounts.filter((name) => name !== "account_cost");

const sums = [
  sumOf("vendor_stated").as("vendor_stated"),
  ...countColumns.map((column) => sumOfCounts(column.sql).as(column.sql)),
  ...amounts.flatMap((name) => [sumOf(name).as(name), sumOf(`${name}_rest`).as(`${name}_rest`)] as const),
];

/**
 * Sums the roll-ups of one span in one statement, with providers and currencies as they are to be told, for each of some pieces of time. The
 * rows have no order.
 */
export async function sumRollups<Piece extends { since: number; until: number }>(
  db: Kysely<Tables>,
  span: RollupName,
  { query, tags, pieces }: { query: ScopedQuery; tags: TagsInSql; pieces: readonly Piece[] },
): Promise<{ piece: Piece; sum: PartialSum }[]> {
  const { groupBy } = query;
  const requests = groupBy.includes("provider") ? "provider_requests" : "requests";
  const rows = await db
    .with("pieces(piece, piece_since, piece_until)", () => valuesOf(pieces))
    .selectFrom("pieces")
    .crossJoin("usage_sums")
    .select(["piece", ...groupsOf(groupBy, tags), "currency", sumOf(requests).as("requests"), ...sums])
    .where("span", "=", span)
    .whereRef("time", ">=", "piece_since")
    .whereRef("time", "<", "piece_until")
    .where(usageWithin({ ...query, since: undefined, until: undefined }, tags))
    .groupBy(["piece", ...groupNames(groupBy), "currency"])
    .execute();
  return rows.map((row) => {
    const amountOf = (name: (typeof amounts)[number]) =>
      BigInt(row[name]) * BigInt(costUnit) + BigInt(row[`${name}_rest`]);
    const stated = Number(row.vendor_stated);
    const sum: PartialSum = {
      ...noCounts,
      groups: readGroups(groupBy, row, tags),
      currency: row.currency,
      requests: Number(row.requests),
      cost: amountOf("cost"),
      providerCost: amountOf("provider_cost"),
      vendorCost: stated > 0 ? amountOf("vendor_cost") : null,
      comparedCost: stated > 0 ? amountOf("compared_cost") : null,
      stated,
    };
    for (const { name, sql } of countColumns) sum[name] = Number(row[sql]);
    return { piece: must(pieces[Number(row.piece)], "each sum is of a piece"), sum };
  });
}

/** Pieces as a table. Of few forms, however many they are, since a database keeps each statement that it was asked. */
function valuesOf(pieces: readonly { since: number; until: number }[]) {
  const none = { since: 0, until: 0 };
  const padding = Array.from({ length: 2 ** Math.ceil(Math.log2(pieces.length)) - pieces.length }, () => none);
  const rows = [...pieces, ...padding].map(
    ({ since, until }, piece) =>
      sql`(${sql.lit(piece)}, cast(${bounded(since)} as bigint), cast(${bounded(until)} as bigint))`,
  );
  return sql<{ piece: Integer; piece_since: Integer; piece_until: Integer }>`(values ${sql.join(rows)})`;
}

/** No time is before or after these. */
const bounded = (timeMs: number) => Math.min(Math.max(timeMs, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);

function sumOf(column: string) {
  return sql<Integer>`sum(${sql.ref(column)})`;
}
