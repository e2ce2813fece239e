import { csvLine } from "../base/csv.ts";
import { usageSumNames } from "../base/usage-sum-names.ts";
import type { ApiUsageSum } from "../ledger/index.ts";

/** Rows of a report as CSV (RFC 4180), with a line of names first; a report without rows is that line alone. */
export function formatUsageCsv(by: readonly string[], rows: readonly ApiUsageSum[]): string {
  const groups = by.flatMap((group) => (group === "key" ? ["key", "key_name"] : [group]));
  const lines = rows.map((row) => [
    ...by.flatMap((group, place) => {
      const value = row.groups[place] ?? "";
      return group === "key" ? [value, row.name ?? ""] : [value];
    }),
    ...usageSumNames.map((name) => row[name] ?? ""),
  ]);
  return [[...groups, ...usageSumNames], ...lines].map(csvLine).join("");
}
