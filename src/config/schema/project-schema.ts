import { z } from "zod";
import { parseDecimal } from "../../base/money.ts";
import { ratePlaces } from "../../ledger/index.ts";
import { findTimeZoneFault } from "../find-time-zone-fault.ts";
import { currencySchema as currency, isIsoTime } from "../price-schema.ts";
import { contentLogSchema } from "./content-log-schema.ts";
import { checked, name, namePattern, tokens } from "./names.ts";
import { termsShape } from "./terms-schema.ts";

/** The calendar in which days, weeks and months begin. */
const timeZone = checked(findTimeZoneFault);

/** Above all of its projects: what they spend and send together. */
export const organisationSchema = z.strictObject({
  name,
  /** Of its budgets, and of all its projects. */
  currency: currency.optional(),
  time_zone: timeZone.optional(),
  budget: termsShape.budget,
  limits: termsShape.limits,
});

export const storedAnswersSchema = z.strictObject({
  days: z.number().int().min(1).max(365).default(30),
  bytes: z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(1024 ** 3),
});

/** What a project may keep of answers; what it gets where nothing is said. */
export type StoredAnswerTerms = z.infer<typeof storedAnswersSchema>;
export const storedAnswersDefault: StoredAnswerTerms = storedAnswersSchema.parse({});

export const projectSchema = z.strictObject({
  name,
  organisation: name.optional(),
  /** Of its budgets; the organisation's by default, else USD. */
  currency: currency.optional(),
  time_zone: timeZone.optional(),
  ...termsShape,
  /** Spends only what was topped up. */
  prepaid: z.boolean().optional(),
  /** Tokens that are reserved for an answer which neither its request nor its model bounds. */
  output: tokens.optional(),
  /** Models that the project may call; absent means all. */
  models: z.array(namePattern).max(1000).optional(),
  /** Hides from its callers what came from a provider's prefix cache. */
  isolate_cache: z.boolean().optional(),
  /** False keeps nothing of what models thought for the next turn of clients that cannot send it back. */
  keep_reasoning: z.boolean().optional(),
  /** False lets sessions of coding agents send as much as they like, also where that looks like a loop. */
  slow_loops: z.boolean().optional(),
  /** How long answers are kept for clients that ask for them again, and how many bytes of them; false keeps none. */
  stored_answers: z
    .union([z.literal(false), storedAnswersSchema], {
      error: "expected false, or days (1 to 365) and bytes, both whole numbers",
    })
    .optional(),
  /** Keeps prompts and answers for a while; absent keeps none. */
  content_log: contentLogSchema.optional(),
});

const rateMax = 1_000_000_000;
const rateAllowed = `expected a decimal above 0 and at most ${rateMax}, with at most ${ratePlaces} places, such as 7.2464`;

/** What a unit of a currency is worth in another, from a date on. */
export const rateSchema = z.strictObject({
  from: currency,
  to: currency,
  rate: z.custom<number | string>().superRefine((value, context) => {
    const isText = typeof value === "number" || typeof value === "string";
    const units = isText ? parseDecimal(value, ratePlaces) : undefined;
    if (units === undefined || units <= 0n || Number(value) > rateMax)
      context.addIssue({ code: "custom", message: rateAllowed });
  }),
  since: z
    .string()
    .refine(isIsoTime, "expected a date such as 2026-01-01, which is midnight in UTC, or a moment with its zone"),
});
