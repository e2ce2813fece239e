import type { Column, RecordOf } from "./column.ts";

/** Appends the record's values, as JSON can hold them, to `values` (from index `at` on), and returns it. */
export function jsonEncoder<C extends Column>(
  columns: readonly C[],
): (record: RecordOf<C>, values: unknown[], at?: number) => unknown[] {
  const steps = columns.map(({ name, kind }) => ({ name, encode: kind.encodeJson }));
  return (record, values, at = 0) => {
    const fields = record as Readonly<Record<string, unknown>>;
    for (const { name, encode } of steps) {
      const value = fields[name];
      values[at++] = encode === undefined ? value : encode(value);
    }
    return values;
  };
}

/** Makes a record of the values that a line of `version` has from index `at` on. Throws where their number is wrong. */
export function jsonDecoder<C extends Column>(
  columns: readonly C[],
): (values: readonly unknown[], at: number, version: number) => RecordOf<C> {
  const steps = columns.map(({ name, kind, since, before }) => ({ name, since, before, decode: kind.decodeJson }));
  return (values, at, version) => {
    const record: Record<string, unknown> = {};
    for (const { name, since, before, decode } of steps) {
      if (since > version) record[name] = before;
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
