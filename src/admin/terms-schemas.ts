import { z } from "@hono/zod-openapi";
import type { DeclaredBudget, DeclaredLimits } from "../base/declared-terms.ts";
import type { Decimal } from "../base/declared-price.ts";
import { parseWith, termsShape } from "../config/index.ts";
import { budgetPeriods } from "../base/declared-terms.ts";

const amount = { anyOf: [{ type: "number" as const }, { type: "string" as const }] };
const budgetDocument = {
  type: "object" as const,
  required: ["amount", "period"],
  properties: {
    amount: { ...amount, description: "Decimal, in the currency of its project" },
    period: { type: "string" as const, enum: [...budgetPeriods] },
    soft: { type: "boolean" as const, description: "Requests over it are not refused" },
  },
};
const count = { type: "integer" as const, minimum: 1 };
const limitDocuments = { rpm: count, tpm: count, concurrency: count };

const limitsDocument = {
  type: "object" as const,
  properties: {
    ...limitDocuments,
    models: {
      type: "object" as const,
      additionalProperties: { type: "object" as const, properties: limitDocuments },
    },
  },
};

/** One, or a list of several windows. Checked as in cloud.yaml, whose schemas do not describe themselves. */
export const budget = z
  .unknown()
  .transform((value, context): DeclaredBudget | DeclaredBudget[] =>
    parseWith(termsShape.budget.unwrap(), value, context),
  )
  .openapi({
    anyOf: [budgetDocument, { type: "array", items: budgetDocument }],
    description: "One, or a list of several windows of the project's calendar",
  });

export const limits = z
  .unknown()
  .transform((value, context): DeclaredLimits => parseWith(termsShape.limits.unwrap(), value, context))
  .openapi({
    ...limitsDocument,
    description:
      "Requests and tokens a minute, and requests under way; in `models` by a model's name or its beginning and a *",
  });

export const sessionBudget = z
  .unknown()
  .transform((value, context): Decimal => parseWith(termsShape.session_budget.unwrap(), value, context))
  .openapi({ ...amount, description: "What each session may spend in all" });

// In changes null takes a bound away; what describes a schema does not say so of itself.
const none = { type: "null" as const };
export const budgetOrNull = budget
  .nullable()
  .openapi({ anyOf: [budgetDocument, { type: "array", items: budgetDocument }, none] });
export const limitsOrNull = limits.nullable().openapi({ anyOf: [limitsDocument, none] });
export const sessionBudgetOrNull = sessionBudget.nullable().openapi({ anyOf: [...amount.anyOf, none] });
