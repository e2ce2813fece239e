import { apiEncoder } from "./api-encoder.ts";
import type { ApiOf, Column, RecordOf } from "./column.ts";
import { jsonDecoder, jsonEncoder } from "./json-form.ts";
import type { Kind } from "./kinds.ts";

/**
 * A list of records within a record: arrays of values, in a journal line and in SQL. The text in SQL is
 * `[version, record, …]`, since a line's own version is not at hand there. `version` is that of the columns.
 */
export function listOf<const C extends Column>(
  columns: readonly C[],
  version: number,
): Kind<readonly RecordOf<C>[], readonly ApiOf<C>[], string> {
  const encode = jsonEncoder(columns);
  const decode = jsonDecoder(columns);
  const encodeApi = apiEncoder(columns);
  const textOf = (items: unknown[][]) => (items.length === 0 ? "[]" : JSON.stringify([version, ...items]));
  return {
    sqlType: "text",
    isNullable: false,
    encodeJson: (items) => items.map((item) => encode(item, [])),
    decodeJson: (json, lineVersion) => (json as unknown[][]).map((values) => decode(values, 0, lineVersion)),
    encodeSql: (items) => textOf(items.map((item) => encode(item, []))),
    jsonToSql: (json) => textOf(json as unknown[][]),
    decodeSql(text) {
      try {
        const [rowVersion, ...items] = JSON.parse(text) as [number, ...unknown[][]];
        return items.map((values) => decode(values, 0, rowVersion));
      } catch {
        // A row that was damaged loses its list; the sums are in columns of their own, and the other rows of a page are whole.
        return [];
      }
    },
    encodeApi: (items) => items.map(encodeApi),
    apiType: { type: "list", fields: columns },
  };
}
