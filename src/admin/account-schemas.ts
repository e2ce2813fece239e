import { z } from "@hono/zod-openapi";
import { budgetPeriods } from "../base/declared-terms.ts";
import { isoTime, printable } from "./schemas.ts";

const decimalText = z.string().describe("Decimal, exact");

const windowSchema = z.object({
  period: z.enum(budgetPeriods),
  soft: z.boolean().describe("Requests over it are not refused"),
  amount: decimalText,
  spent: decimalText.describe("Of records and entries in this window"),
  held: decimalText.describe("Reserved by requests under way"),
  left: decimalText,
  starts_at: isoTime,
  ends_at: isoTime.nullable().describe("null where the budget is for the whole time"),
});

const limitSchema = z.object({
  measure: z.enum(["requests", "tokens", "concurrency"]),
  amount: z.number().int().describe("A minute; of concurrency, at a time"),
  models: z.string().nullable().describe("The model or pattern that is counted; null for all requests"),
});

export const accountSchema = z
  .object({
    account: z.string().describe("organisation:NAME, project:NAME or key:ID"),
    currency: z.string(),
    time_zone: z.string(),
    windows: z.array(windowSchema).describe("Its budgets, each in the window of now"),
    balance: z
      .object({ topped_up: decimalText, spent: decimalText, held: decimalText, left: decimalText })
      .nullable()
      .describe("Of an account that spends only what was topped up"),
    limits: z.array(limitSchema),
    session_budget: decimalText.nullable(),
  })
  .openapi("Account");

export const balanceQuerySchema = z.object({
  project: printable(128).optional(),
  key: printable(128).optional().describe("By its id, or by its name where one key has it"),
  organisation: printable(128).optional(),
});

export const balanceSchema = z
  .object({
    ...accountSchema.shape,
    project: z.string().nullable(),
    key: z.string().nullable(),
    organisation: z.string().nullable(),
    budget: z.object({ amount: decimalText, period: z.string() }).nullable().describe("The first of its budgets"),
    held: decimalText.describe("Of that budget, reserved by requests under way"),
    spent: decimalText.describe("In the window of that budget, else in all"),
    soft: z.boolean().describe("Whether that budget only warns"),
    enforced: z.boolean().describe("Whether requests are refused when the budget is used up"),
  })
  .openapi("Balance");

export const newEntrySchema = z
  .strictObject({
    id: printable(100).min(1).optional().describe("The client's own: what is sent twice is booked once"),
    kind: z.enum(["adjustment", "top-up"]),
    project: printable(128).min(1).optional(),
    key: printable(128).min(1).optional().describe("By its id, or by its name where one key has it"),
    organisation: printable(128).min(1).optional(),
    amount: z
      .union([z.number(), z.string()])
      .openapi({ description: "Decimal: what was spent more, less where it is negative; or what was paid in" }),
    note: printable(1_000).default(""),
  })
  .openapi("NewEntry");

export const entrySchema = z
  .object({
    id: z.string(),
    time: isoTime,
    kind: z.enum(["adjustment", "top-up", "interrupted"]),
    organisation: z.string().nullable(),
    project: z.string().nullable(),
    key: z.string().nullable(),
    amount: decimalText,
    currency: z.string(),
    note: z.string(),
    actor: z.string().nullable().describe("The key that booked it; null for Sahab itself"),
  })
  .openapi("Entry");

export const entriesQuerySchema = balanceQuerySchema.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: printable(200).optional().describe("The `next` of the page before, with the same filters"),
});

export const refusalSchema = z
  .object({ time: isoTime, request_id: z.string(), code: z.string(), message: z.string() })
  .openapi("Refusal");
