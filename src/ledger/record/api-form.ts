import { z } from "zod";
import type { ApiOf, Column, RecordOf } from "./column.ts";

/** Makes the admin API's object of a record. */
export function apiEncoder<C extends Column>(columns: readonly C[]): (record: RecordOf<C>) => ApiOf<C> {
  const steps = columns.map(({ name, api, kind }) => ({ name, path: splitPath(api), encode: kind.encodeApi }));
  return (record) => {
    const fields = record as Readonly<Record<string, unknown>>;
    const object: Record<string, unknown> = {};
    for (const { name, path, encode } of steps) {
      const value = encode === undefined ? fields[name] : encode(fields[name]);
      const [head, tail] = path;
      if (tail === undefined) object[head] = value;
      else ((object[head] ??= {}) as Record<string, unknown>)[tail] = value;
    }
    return object as ApiOf<C>;
  };
}

/** The fields of that object, for `z.object`. */
export function apiShape<C extends Column>(
  columns: readonly C[],
): { [Field in keyof ApiOf<C>]: z.ZodType<ApiOf<C>[Field]> } {
  const shape: Record<string, z.ZodType> = {};
  const groups: Record<string, Record<string, z.ZodType>> = {};
  for (const { api, kind, description } of columns) {
    const [head, tail] = splitPath(api);
    const schema = kind.schema.describe(description);
    if (tail === undefined) shape[head] = schema;
    else {
      groups[head] = { ...groups[head], [tail]: schema };
      shape[head] = z.object(groups[head]);
    }
  }
  return shape as { [Field in keyof ApiOf<C>]: z.ZodType<ApiOf<C>[Field]> };
}

function splitPath(path: string): readonly [head: string, tail: string | undefined] {
  const dot = path.indexOf(".");
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
}
