import { escapeUnprintable } from "../base/printable.ts";
import type { ApiUsageSum } from "../ledger/index.ts";

/** Rows of a report as CSV (RFC 4180), with a line of names first; a report without rows is that line alone. */
export function formatUsageCsv(by: readonly string[], rows: readonly ApiUsageSum[]): string {
  const groups = by.flatMap((group) => (group === "key" ? ["key", "key_name"] : [group]));
  const lines = rows.map((row) => [
    ...by.flatMap((group, place) => {
      const value = row.groups[place] ?? "";
      return group === "key" ? [value, row.name ?? ""] : [value];
    }),
    ...sums.map((name) => row[name] ?? ""),
  ]);
  return [[...groups, ...sums], ...lines].map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

const sums = [
  "requests",
  "input_tokens",
  "cached_input_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "images",
  "seconds",
  "characters",
  "searches",
  "cost",
  "provider_cost",
  "vendor_cost",
  "vendor_difference",
  "currency",
] as const satisfies (keyof ApiUsageSum)[];

/** Users, tags and names of models are strangers' words: a spreadsheet must not run one as a formula. */
function cellOf(value: string | number): string {
  if (typeof value === "number" || /^-?\d+(?:\.\d+)?$/.test(value)) return String(value);
  const text = escapeUnprintable(/^[=+\-@]/.test(value) ? `'${value}` : value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
