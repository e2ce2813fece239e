import { z } from "@hono/zod-openapi";
import { changeSchema, managedSchema, planSchema } from "./change-schemas.ts";
import { providerReportSchema } from "./provider-schemas.ts";

export const applySchema = z
  .object({
    changes: z.array(changeSchema),
    dry_run: z.boolean(),
    warnings: z.array(z.string()),
    kept: z.array(managedSchema).describe("What the document does not name and what stays, since no file manages it"),
    plan: planSchema,
    probes: z.array(providerReportSchema).optional().describe("With probe: how each provider was reached"),
  })
  .openapi("Applied");

const flag = z.enum(["0", "1", "true", "false"]).optional();

export const applyQuerySchema = z.object({
  dry_run: flag.describe("Nothing is changed"),
  prune: flag.describe("What a file managed before and this one does not name is deleted; without it, 409"),
  plan: z.string().max(64).optional().describe("Refuses other changes than those of the answer that had this plan"),
  probe: flag.describe("Tries each provider, also of a dry run; asks no model"),
});

export const isOn = (value: z.infer<typeof flag>): boolean => value === "1" || value === "true";
