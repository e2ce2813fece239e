import { must } from "../../base/assert.ts";
import type { AttemptRecord } from "./attempt-columns.ts";
import { usageColumns, type UsageRecord } from "./columns.ts";
import type { RowOf, SqlColumn } from "./column.ts";
import type { SqlValue } from "./kinds.ts";

/** A row of the table `usage`. */
export type UsageRow = RowOf<(typeof usageColumns)[number]>;

const columns: readonly SqlColumn[] = usageColumns;

/** A row's values in the columns' order; the first is the record's id. */
export type UsageValues = readonly SqlValue[];

export function encodeUsageValues(record: UsageRecord): UsageValues {
  const fields = record as Readonly<Record<string, unknown>>;
  return columns.map(({ name, kind }) => kind.encodeSql(fields[name]));
}

export function decodeUsageRow(row: UsageRow): UsageRecord {
  const values = row as Readonly<Record<string, SqlValue>>;
  return Object.fromEntries(
    columns.map(({ name, sql, kind }) => [name, kind.decodeSql(values[sql] ?? null)]),
  ) as UsageRecord;
}

const attempts = must(
  usageColumns.find((column) => column.name === "attempts"),
  "a record lists its attempts",
);

/** The attempts in a row's `attempt_list`; none where the list is damaged. */
export function decodeAttempts(text: string): readonly AttemptRecord[] {
  return attempts.kind.decodeSql(text);
}
