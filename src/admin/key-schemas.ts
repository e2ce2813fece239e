import { z } from "@hono/zod-openapi";
import { AddressRanges } from "../base/address-ranges.ts";
import type { DeclaredTerms } from "../base/declared-terms.ts";
import { holdsKey } from "../base/key-forms.ts";
import { limits } from "../base/limits.ts";
import { findTermsFaults } from "../config/index.ts";
import { keyRoles } from "../ledger/index.ts";
import { accountSchema, refusalSchema } from "./account-schemas.ts";
import { isoTime, printable } from "./schemas.ts";
import {
  budget,
  budgetOrNull,
  limits as keyLimits,
  limitsOrNull,
  sessionBudget,
  sessionBudgetOrNull,
} from "./terms-schemas.ts";

/** Most keys have fewer than fifty of each: one pattern covers a family of models, one range a network. */
const keyModelsMax = 500;
const keyAddressesMax = 100;
/** A year and a day: whoever needs longer wants two keys. */
const overlapSecondsMax = 366 * 86_400;

/** Names are shown in lists and in the log. */
const name = printable(128)
  .min(1)
  .refine((text) => text === "" || text.trim() === text, "expected a name without spaces before or behind it")
  .refine((text) => !holdsKey(text), "expected a name for people, such as ann or ci-runner; this looks like a key");

const models = z
  .array(
    printable(limits.modelNameCharsMax)
      .min(1)
      .refine(
        (text) => !text.slice(0, -1).includes("*"),
        "expected a model's name, or its beginning and a * at the end",
      ),
  )
  .min(1, "expected at least one; leave it out to allow all models")
  .max(keyModelsMax)
  .describe(
    'Names of models that it may call, out of those of its project; "gpt-*" means all that begin with gpt-. They need not exist yet',
  );

const addresses = z
  .array(
    z
      .string()
      .max(64)
      .refine(
        (text) => new AddressRanges().add(text),
        "expected an address or a range of them, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8",
      ),
  )
  .min(1, "expected at least one; leave it out to allow all addresses")
  .max(keyAddressesMax)
  .describe("Addresses and ranges (CIDR) that it is good from");

const overlapSeconds = z
  .number()
  .int()
  .min(0)
  .max(overlapSecondsMax, `expected at most ${overlapSecondsMax} seconds (${overlapSecondsMax / 86_400} days)`);

/** What of a key's terms is to be different; null takes it away. */
export type TermsChanges = { [Field in "budget" | "limits" | "session_budget"]?: DeclaredTerms[Field] | null };

/** Bounds of which one could not be told from another. */
function checkTerms(wanted: TermsChanges, context: z.RefinementCtx): void {
  const { budget, limits, session_budget: session } = wanted;
  const given = { budget: budget ?? undefined, limits: limits ?? undefined, session_budget: session ?? undefined };
  for (const message of findTermsFaults(given)) context.addIssue({ code: "custom", message });
}

export const keyIdParam = z.object({ id: printable(64) });

export const keyMeantParam = z.object({
  id: printable(128).describe(
    "Its id, or its name where one key alone has it, or one alone of those that are good now; a rotated key has left its name to the new one",
  ),
});

export const newKeySchema = z
  .strictObject({
    name,
    project: printable(128).min(1).default("default"),
    role: z
      .enum(keyRoles)
      .default("user")
      .describe("What it is good for: calls of models, /metrics alone, or everything (admin)"),
    budget: budget.optional(),
    limits: keyLimits.optional(),
    session_budget: sessionBudget.optional(),
    expires_at: isoTime.optional(),
    models: models.optional(),
    addresses: addresses.optional(),
  })
  .superRefine(checkTerms)
  .openapi("NewKey");

export const keyChangesSchema = z
  .strictObject({
    name: name.optional(),
    expires_at: isoTime.nullable().optional(),
    models: models.nullable().optional(),
    addresses: addresses.nullable().optional(),
    budget: budgetOrNull.optional(),
    limits: limitsOrNull.optional(),
    session_budget: sessionBudgetOrNull.optional(),
  })
  .superRefine(checkTerms)
  .openapi("KeyChanges", { description: "What is left out stays; null takes a bound away" });

export const rotateKeySchema = z
  .strictObject({
    overlap_seconds: overlapSeconds.optional().describe("How long the old key stays good beside it; a day by default"),
    expires_at: isoTime.nullable().optional().describe("Of the new key; by default as the old one's was"),
  })
  .openapi("RotateKey");

export const rotateAdminSchema = z
  .strictObject({
    overlap_seconds: overlapSeconds
      .optional()
      .describe("How long the old key stays good beside it; not at all by default"),
  })
  .openapi("RotateAdmin");

const keyText = z.string().describe("Shown this once; stored only as a hash");

export const createdKeySchema = z
  .object({ id: z.string(), key: keyText, warnings: z.array(z.string()) })
  .openapi("CreatedKey");

const oldKeySchema = z.object({
  id: z.string(),
  expires_at: isoTime.describe("In the past where there is no overlap"),
});

export const rotatedKeySchema = z
  .object({ id: z.string(), key: keyText, expires_at: isoTime.nullable(), old: oldKeySchema })
  .openapi("RotatedKey");

export const rotatedAdminSchema = z
  .object({
    key: z
      .string()
      .nullable()
      .describe(
        "As it is in admin.key; null for a caller who did not have the old one: a named key gets none that lasts longer",
      ),
    old: oldKeySchema,
  })
  .openapi("RotatedAdmin");

export const rotatedSchema = z.object({ resealed: z.number().int() }).openapi("Rotated");

export const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    project: z.string(),
    role: z.enum(keyRoles),
    prefix: z.string(),
    created_at: isoTime,
    expires_at: isoTime.nullable(),
    revoked_at: isoTime.nullable(),
    last_used_at: isoTime.nullable().describe("Up to a minute late; null where it is not known to have been used"),
    status: z.enum(["active", "expired", "revoked"]),
    replaced_by: z.string().nullable().describe("The id of the key that a rotation has put in its place"),
    models: z.array(z.string()).nullable().describe("null: all that its project may call"),
    addresses: z.array(z.string()).nullable().describe("null: anywhere"),
    terms: z.record(z.string(), z.unknown()).describe("Its budget, limits and session_budget, as they are declared"),
  })
  .openapi("Key");

export const listedKeySchema = keySchema
  .extend({
    spending: z
      .array(z.object({ period: z.string(), spent: z.string().describe("Decimal, exact") }))
      .describe("What is spent of its own budgets in their windows of now; of the oldest 1,000 that have budgets"),
  })
  .openapi("ListedKey");

export const shownKeySchema = keySchema
  .extend({
    accounts: z
      .array(accountSchema)
      .describe("Its own account, and those of its project and organisation that bound it"),
    last_refusal: refusalSchema.nullable().describe("What last stopped a request of this key; null where nothing did"),
  })
  .openapi("ShownKey");
