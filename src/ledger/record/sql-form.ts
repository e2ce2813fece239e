import { usageColumns, type UsageRecord } from "./columns.ts";
import type { RowOf, SqlColumn } from "./column.ts";
import type { SqlValue } from "./kinds.ts";

/** A row of the table `usage`. */
export type UsageRow = RowOf<(typeof usageColumns)[number]>;

const columns: readonly SqlColumn[] = usageColumns;

/** The row's values in the columns' order. */
export function encodeUsageValues(record: UsageRecord): SqlValue[] {
  const fields = record as Readonly<Record<string, unknown>>;
  return columns.map(({ name, kind }) => kind.encodeSql(fields[name]));
}

export function encodeUsageRow(record: UsageRecord): UsageRow {
  const values = encodeUsageValues(record);
  return Object.fromEntries(columns.map(({ sql }, index) => [sql, values[index]])) as UsageRow;
}

export function decodeUsageRow(row: UsageRow): UsageRecord {
  const values = row as Readonly<Record<string, SqlValue>>;
  return Object.fromEntries(
    columns.map(({ name, sql, kind }) => [name, kind.decodeSql(values[sql] ?? null)]),
  ) as UsageRecord;
}
