import type { Column, RecordOf } from "./column.ts";

/** The version of lines from which on values at the end that are their columns' `before` are left out: nearly all records have some. */
const shortenedSince = 4;

/** How many of the columns have to be in a line of the present version. */
export function columnsMin(columns: readonly Column[]): number {
  return columns.findLastIndex(({ before }) => before === undefined) + 1;
}

/** Puts the record's values, as JSON can hold them, into `values` from index `at` on, up to the last that says something, and returns it. */
export function jsonEncoder<C extends Column>(
  columns: readonly C[],
): (record: RecordOf<C>, values: unknown[], at?: number) => unknown[] {
  const min = columnsMin(columns);
  // A value of one of the first columns is there in any case.
  const steps = columns.map(({ name, kind, before }, index) => ({
    name,
    encode: kind.encodeJson,
    before: index < min ? nothing : before,
  }));
  return (record, values, at = 0) => {
    const fields = record as Readonly<Record<string, unknown>>;
    let end = at;
    for (const { name, encode, before } of steps) {
      const value = fields[name];
      values[at++] = encode === undefined ? value : encode(value);
      if (value !== before) end = at;
    }
    values.length = end;
    return values;
  };
}

/** Equal to no value of a record. */
const nothing = Symbol();

/** Makes a record of the values that a line of `version` has from index `at` on. Throws where their number is wrong. */
export function jsonDecoder<C extends Column>(
  columns: readonly C[],
): (values: readonly unknown[], at: number, version: number) => RecordOf<C> {
  const steps = columns.map(({ name, kind, since, before }) => ({ name, since, before, decode: kind.decodeJson }));
  return (values, at, version) => {
    const record: Record<string, unknown> = {};
    for (const { name, since, before, decode } of steps) {
      const isLeftOut = version >= shortenedSince && at >= values.length && before !== undefined;
      if (since > version || isLeftOut) record[name] = before;
      else {
        const value = values[at++];
        record[name] = decode === undefined ? value : decode(value, version);
      }
    }
    if (at !== values.length)
      throw new Error(`expected ${at} values in a line of version ${version}, found ${values.length}`);
    return record as RecordOf<C>;
  };
}
