import { formatNano } from "../../base/money.ts";
import type { Amounts } from "./amounts.ts";
import { usageColumns } from "./columns.ts";

export type CountColumn = Extract<(typeof usageColumns)[number], { kind: { isSummed: true } }>;

/** The columns that a report sums, besides the cost. */
export const countColumns = usageColumns.filter((column): column is CountColumn => "isSummed" in column.kind);

/** The sums of no records. */
export const noCounts = Object.fromEntries(countColumns.map(({ name }) => [name, 0])) as Record<CountColumn["name"], 0>;

/**
 * One row of a report, for each group and currency: amounts of different currencies are never added. Requests and tokens
 * stand where the request's own currency is; amounts of its attempts and providers in others are there without them.
 */
export type UsageSum = {
  /** In the order of what the report is by. */
  groups: readonly string[];
  currency: string;
  requests: number;
} & Amounts &
  Record<CountColumn["name"], number>;

/** The row in the admin API; sums have the names of their columns in SQL. */
export type ApiUsageSum = {
  group: string;
  groups: readonly string[];
  name?: string | undefined;
  requests: number;
  cost: string;
  provider_cost: string;
  vendor_cost: string | null;
  vendor_difference: string | null;
  currency: string;
} & Record<CountColumn["sql"], number>;

export function encodeApiUsageSum(sum: UsageSum): ApiUsageSum {
  const tokens = Object.fromEntries(countColumns.map(({ name, sql }) => [sql, sum[name]]));
  const { groups, requests, cost, providerCost, vendorCost, comparedCost, currency } = sum;
  return {
    group: groups.join(", "),
    groups,
    requests,
    ...(tokens as Record<CountColumn["sql"], number>),
    cost: formatNano(cost),
    provider_cost: formatNano(providerCost),
    vendor_cost: vendorCost === null ? null : formatNano(vendorCost),
    vendor_difference: vendorCost === null ? null : formatNano(vendorCost - (comparedCost ?? 0n)),
    currency,
  };
}
