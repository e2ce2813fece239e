import { z } from "zod";
import { apiSchema, apiShape } from "./api-shape.ts";
import { usageColumns } from "./columns.ts";
import { countColumns, type CountColumn } from "./usage-sum.ts";

// Apart from the rest of the folder: its door loads no schemas, since the thread of the store needs none.

/** The fields of a usage record in the admin API, for `z.object`. */
export const apiRecordShape = apiShape(usageColumns);

/** The fields of a row of a report. */
export const apiUsageSumShape = {
  group: z
    .string()
    .describe(
      "Empty by model for requests that named no model that is known here, by provider for those that reached none, and by user or a tag for those without; several are joined by a comma",
    ),
  groups: z.array(z.string()).readonly().describe("One for each name in group_by, in that order"),
  name: z.string().optional().describe("The key's name, where the rows are by key; the admin key has none"),
  requests: z
    .int()
    .describe(
      "By provider: requests of which an attempt was sent to it or answered by it, so that one request may count for several",
    ),
  ...(Object.fromEntries(
    countColumns.map(({ sql, kind, description }) => [sql, apiSchema(kind.apiType).describe(description)]),
  ) as Record<CountColumn["sql"], z.ZodType<number>>),
  cost: z.string().describe("What is charged: decimal, exact"),
  provider_cost: z.string().describe("What the providers cost by the price book"),
  vendor_cost: z
    .string()
    .nullable()
    .describe("What vendors state as their own bill, of the requests for which they do; null where none does"),
  vendor_difference: z
    .string()
    .nullable()
    .describe("vendor_cost less what the same requests cost by the price book: above 0 the vendor asks for more"),
  currency: z.string(),
};
