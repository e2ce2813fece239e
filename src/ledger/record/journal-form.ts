import { assert } from "../../base/assert.ts";
import { recordVersion, usageColumns, type UsageRecord } from "./columns.ts";
import type { SqlColumn } from "./column.ts";
import { columnsMin, jsonDecoder, jsonEncoder } from "./json-form.ts";
import type { SqlValue } from "./kinds.ts";
import { encodeUsageValues, type UsageValues } from "./sql-form.ts";

const encodeValues = jsonEncoder(usageColumns);
const decodeValues = jsonDecoder(usageColumns);

/** The line under construction, used again for each: its first value stays the version. */
const line: unknown[] = [recordVersion];

/**
 * One line of JSON: the version of the columns, then the record's values without their names, in the columns' order, up to the last
 * that says something.
 * One JSON.stringify over an array was the fastest way tried (bun 1.4, one attempt, up to the bytes for the disk): 1.8 µs,
 * as code generated for the columns; joining the values one by one took 3.7 µs.
 */
export function encodeUsageRecord(record: UsageRecord): string {
  assert(record.attempts.length <= record.attemptCount, "attemptCount counts every attempt that is listed");
  return JSON.stringify(encodeValues(record, line, 1));
}

const toSql = (usageColumns as readonly SqlColumn[]).map(({ kind, before }) => ({
  convert: kind.jsonToSql,
  // Of a value that was left out.
  otherwise: before === undefined ? null : kind.encodeSql(before),
}));
const valuesMin = columnsMin(usageColumns);

/**
 * The row of a line, without the record between them: the drain does this for every request, in half the time (1.1 µs,
 * most of it JSON.parse). Throws as decodeUsageRecord does.
 */
export function decodeUsageValues(json: string): UsageValues {
  const line = JSON.parse(json) as unknown[];
  if (line[0] !== recordVersion) return encodeUsageValues(decodeUsageRecord(json));
  const found = line.length - 1;
  if (found < valuesMin || found > toSql.length)
    throw new Error(`expected ${valuesMin} to ${toSql.length} values, found ${found}`);
  return toSql.map(({ convert, otherwise }, index) => {
    if (index >= found) return otherwise;
    const value = line[index + 1];
    return convert === undefined ? (value as SqlValue) : convert(value);
  });
}

/** Throws for what is not a whole record, and for a version that this program does not know. */
export function decodeUsageRecord(json: string): UsageRecord {
  const line = JSON.parse(json) as unknown;
  if (!Array.isArray(line)) return decodeNamed(line);
  const [first] = line as unknown[];
  // A line of version 1 begins with the request's id.
  if (typeof first === "string") return decodeValues(line, 0, 1);
  if (typeof first !== "number" || first < 2 || first > recordVersion)
    throw new Error(`a line of version ${String(first)}; known are 0 to ${recordVersion}`);
  return decodeValues(line, 1, first);
}

/** Lines of version 0 were objects with the columns' names; `attempts` was the count. */
function decodeNamed(line: unknown): UsageRecord {
  const fields = line as Record<string, unknown>;
  const named: Record<string, unknown> = { ...fields, attemptCount: fields["attempts"] };
  return decodeValues(
    usageColumns.filter((column) => column.since === 1).map((column) => named[column.name]),
    0,
    1,
  );
}
