import { z } from "@hono/zod-openapi";
import { managerNames } from "../config/index.ts";
import { accountSchema } from "./account-schemas.ts";
import { printable } from "./schemas.ts";
import { budgetOrNull, limitsOrNull, sessionBudgetOrNull } from "./terms-schemas.ts";

// Names and values are checked as those of cloud.yaml are, whose messages name the place.

const settings = {
  organisation: z.string().max(200).nullable().optional(),
  currency: z
    .string()
    .max(10)
    .nullable()
    .optional()
    .describe("Of its budgets; its organisation's by default, else USD"),
  time_zone: z.string().max(100).nullable().optional().describe("In which its days, weeks and months begin"),
  budget: budgetOrNull.optional(),
  limits: limitsOrNull.optional(),
  session_budget: sessionBudgetOrNull.optional(),
  prepaid: z.boolean().nullable().optional().describe("Spends only what was topped up"),
  output: z
    .number()
    .int()
    .nullable()
    .optional()
    .describe("Tokens that are reserved for an answer which neither its request nor its model bounds"),
  models: z.array(z.string().max(200)).nullable().optional().describe("Models that it may call; null for all"),
};

export const newProjectSchema = z.strictObject({ name: z.string().max(200), ...settings }).openapi("NewProject");

export const projectChangesSchema = z
  .strictObject(settings)
  .openapi("ProjectChanges", { description: "What is left out stays; null takes it away" });

export const projectParam = z.object({ name: printable(200) });

export const projectSchema = z
  .object({
    name: z.string(),
    organisation: z.string().nullable(),
    currency: z.string(),
    time_zone: z.string(),
    prepaid: z.boolean(),
    models: z.array(z.string()).nullable().describe("null: all"),
    terms: z.record(z.string(), z.unknown()).describe("Its budget, limits and session_budget, as they are declared"),
    output: z.number().int().nullable(),
    keys: z.number().int().describe("How many are good now"),
    managed_by: z
      .enum(managerNames)
      .nullable()
      .describe("What a file manages is changed there alone; null: it is there by itself"),
    accounts: z.array(accountSchema).describe("Its own account, and that of its organisation where this bounds it"),
  })
  .openapi("Project");

export const projectListSchema = z.object({ projects: z.array(projectSchema) });
