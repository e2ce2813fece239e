import { z } from "zod";
import { splitPath } from "./api-encoder.ts";
import type { ApiOf, Column } from "./column.ts";
import type { ApiField, ApiType } from "./kinds.ts";

/** The fields of a record's object in the admin API, for `z.object`. */
export function apiShape<C extends Column>(
  columns: readonly C[],
): { [Field in keyof ApiOf<C>]: z.ZodType<ApiOf<C>[Field]> } {
  return shapeOf(columns) as { [Field in keyof ApiOf<C>]: z.ZodType<ApiOf<C>[Field]> };
}

export function apiSchema(apiType: ApiType): z.ZodType {
  if (apiType.type === "list") return z.array(z.object(shapeOf(apiType.fields)));
  const schema = scalars[apiType.type];
  return apiType.isNullable ? schema.nullable() : schema;
}

const decimal = z.string().describe("Decimal, exact");
const scalars = {
  text: z.string(),
  integer: z.int(),
  boolean: z.boolean(),
  time: z.iso.datetime({ offset: true }),
  decimal,
  tags: z.record(z.string(), z.string()),
  amount: z.object({ amount: decimal, currency: z.string() }),
} as const satisfies Record<Exclude<ApiType["type"], "list">, z.ZodType>;

function shapeOf(fields: readonly ApiField[]): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {};
  const groups: Record<string, Record<string, z.ZodType>> = {};
  for (const { api, kind, description } of fields) {
    const [head, tail] = splitPath(api);
    const schema = apiSchema(kind.apiType).describe(description);
    if (tail === undefined) shape[head] = schema;
    else {
      groups[head] = { ...groups[head], [tail]: schema };
      shape[head] = z.object(groups[head]);
    }
  }
  return shape;
}
