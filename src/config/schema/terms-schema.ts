import { z } from "zod";
import { budgetPeriods, type DeclaredBudget } from "../../base/declared-terms.ts";
import { decimal } from "../decimal.ts";
import { parseWith, refuse } from "../parse-with.ts";
import { namePattern } from "./names.ts";

/** An account has few: each is looked at by each of its requests. */
const budgetsMax = 8;
const patternsMax = 50;

const budgetSchema = z.strictObject({
  amount: decimal,
  period: z.enum(budgetPeriods),
  /** Requests over it are not refused; its owner is told. */
  soft: z.boolean().optional(),
});

const budgetsSchema = z.array(budgetSchema).max(budgetsMax);

const limit = z.number().int().min(1).max(1_000_000_000);
const limitFields = { rpm: limit.optional(), tpm: limit.optional(), concurrency: limit.optional() };
const limitSchema = z.strictObject(limitFields);

const limitsSchema = z.strictObject({
  ...limitFields,
  /** By a model's name, or the beginning of names and a `*`: what all models that it matches have together. */
  models: z
    .record(namePattern, limitSchema)
    .refine(
      (models) => Object.keys(models).length <= patternsMax,
      `expected at most ${patternsMax} models and patterns`,
    )
    .optional(),
});

/** What an account may spend and send, as a project and a key have it. */
export const termsShape = {
  /** One, or a list of several windows. */
  budget: z
    .unknown()
    .transform((value, context): DeclaredBudget | DeclaredBudget[] => {
      if (Array.isArray(value)) return parseWith(budgetsSchema, value, context);
      if (typeof value === "object" && value !== null) return parseWith(budgetSchema, value, context);
      return refuse(context, "expected an object with amount and period, or a list of them");
    })
    .optional(),
  limits: limitsSchema.optional(),
  /** What each session may spend in all. */
  session_budget: decimal.optional(),
};

/** The fields of the parts of terms, by their place. */
export const termsFields: Readonly<Record<string, readonly string[]>> = {
  budget: Object.keys(budgetSchema.shape),
  limits: Object.keys(limitsSchema.shape),
  "limits.models": Object.keys(limitFields),
};
