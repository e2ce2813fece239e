import type { ApiOf, Column, RecordOf } from "./column.ts";

/** Makes the admin API's object of a record. */
export function apiEncoder<C extends Column>(columns: readonly C[]): (record: RecordOf<C>) => ApiOf<C> {
  const steps = columns.map(({ name, api, kind, orElse = name }) => ({
    name,
    orElse,
    path: splitPath(api),
    encode: kind.encodeApi,
  }));
  return (record) => {
    const fields = record as Readonly<Record<string, unknown>>;
    const object: Record<string, unknown> = {};
    for (const { name, orElse, path, encode } of steps) {
      const own = fields[name] ?? fields[orElse];
      const value = encode === undefined ? own : encode(own);
      const [head, tail] = path;
      if (tail === undefined) object[head] = value;
      else ((object[head] ??= {}) as Record<string, unknown>)[tail] = value;
    }
    return object as ApiOf<C>;
  };
}

/** `tokens.input` is the field `input` of the object `tokens`. */
export function splitPath(path: string): readonly [head: string, tail: string | undefined] {
  const dot = path.indexOf(".");
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
}
