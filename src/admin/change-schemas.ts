import { z } from "@hono/zod-openapi";
import { managerNames } from "../config/index.ts";

const kind = z.enum(["provider", "model", "alias", "organisation", "project", "rate", "alert", "setting"]);

const managedBySchema = z.enum(managerNames).describe("file: a cloud.yaml; console: the admin API; pull: sahab pull");

export const changeSchema = z
  .object({
    action: z.enum(["create", "update", "delete"]),
    kind,
    name: z.string(),
    fields: z.array(z.string()).optional(),
    values: z
      .array(
        z.object({
          path: z.string(),
          before: z.unknown().optional().describe("Absent where there was none"),
          after: z.unknown().optional().describe("Absent where there is none"),
          secret: z.boolean().optional().describe("It changes, and is not shown"),
        }),
      )
      .optional()
      .describe("Of an update: what was and is; at most 50, long ones as their beginning"),
  })
  .openapi("Change");

export const managedSchema = z
  .object({ kind, name: z.string(), managed_by: managedBySchema.nullable() })
  .openapi("Managed");

export const planSchema = z.string().describe("Stands for these changes: given as plan, others are refused");

/** What an error has beside its message where it is about a configuration. */
export const configErrorFields = {
  problems: z
    .array(
      z.object({
        path: z.string().describe("Where in the document, such as models[0].price.input; empty for the whole"),
        message: z.string(),
      }),
    )
    .optional()
    .describe("All that is wrong with a configuration, at most 50"),
  problems_count: z.int().optional().describe("How many there are, also where not all are listed"),
  changes: z.array(changeSchema).optional().describe("Where they have to be looked at first: what would be changed"),
  plan: planSchema.optional(),
};
