import { z } from "zod";
import { apiSchema, apiShape } from "./api-shape.ts";
import { usageColumns } from "./columns.ts";
import { tokenColumns, type TokenColumn } from "./usage-sum.ts";

// Apart from the rest of the folder: its door loads no schemas, since the thread of the store needs none.

/** The fields of a usage record in the admin API, for `z.object`. */
export const apiRecordShape = apiShape(usageColumns);

/** The fields of a row of a report. */
export const apiUsageSumShape = {
  group: z.string(),
  requests: z.int(),
  ...(Object.fromEntries(
    tokenColumns.map(({ sql, kind, description }) => [sql, apiSchema(kind.apiType).describe(description)]),
  ) as Record<TokenColumn["sql"], z.ZodType<number>>),
  cost: z.string().describe("Decimal, exact"),
  currency: z.string(),
};
