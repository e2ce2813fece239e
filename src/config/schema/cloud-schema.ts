import { z } from "zod";
import { parseByteSize } from "../../base/parse-byte-size.ts";
import { findOriginFault } from "../find-origin-fault.ts";
import { priceFields } from "../price-schema.ts";
import { alertSchema } from "./alert-schema.ts";
import { localSchema, loraSchema, modelSchema, targetSchema } from "./model-schema.ts";
import { checked, namePattern } from "./names.ts";
import { contentLogSchema, ownMaskSchema } from "./content-log-schema.ts";
import { organisationSchema, projectSchema, rateSchema, storedAnswersSchema } from "./project-schema.ts";
import { onDisconnectSchema, providerSchema, tlsSchema } from "./provider-schema.ts";
import { termsFields } from "./terms-schema.ts";

const corsSchema = z.strictObject({
  /** Origins whose pages may call models from a browser; `*` is any. */
  origins: z.array(checked(findOriginFault)).max(1000),
});

const batchesSchema = z.strictObject({
  /** Requests of all batches that run at once, in each data folder. */
  requests_at_once: z.number().int().min(1).max(1_000),
});

const retentionSchema = z.strictObject({
  /**
   * Usage records that are older are exported into files, and deleted. Sums over them stay. At least a week: a machine that was down may bring
   * records that are here already, which only their ids tell.
   */
  usage_days: z.number().int().min(7).max(36_500),
});

const consoleSchema = z.strictObject({
  /** Whether answers in the console's chat always have a label that says that an AI made them; a person may switch it on alone. */
  ai_label: z.boolean().optional(),
  /** Conversations are deleted so many days after their last use at the latest, whatever people choose. */
  conversation_days: z.number().int().min(1).max(36_500).optional(),
});

const aliasesMax = 1_000;

/** Less than the smallest engine takes. */
const memoryBytesMin = 64e6;

const cloudFields = z.strictObject({
  providers: z.array(providerSchema).max(1000).default([]),
  models: z.array(modelSchema).max(10_000).default([]),
  /** Names, also with a * at the end, that lead to a model. */
  aliases: z
    .record(namePattern, z.string().min(1).max(256))
    .refine((aliases) => Object.keys(aliases).length <= aliasesMax, `expected at most ${aliasesMax} aliases`)
    .optional(),
  organisations: z.array(organisationSchema).max(10_000).optional(),
  // One more than a cloud.yaml may well have: `default` is there beside them.
  projects: z.array(projectSchema).max(10_001).default([]),
  /** Exchange rates, each from its date. */
  rates: z.array(rateSchema).max(1_000).optional(),
  /** Webhooks. */
  alerts: z.array(alertSchema).max(20).optional(),
  cors: corsSchema.optional(),
  batches: batchesSchema.optional(),
  /** What local models may hold together on each machine, such as 8GB; without it all of them run always. */
  memory: checked((text) =>
    (parseByteSize(text) ?? 0) >= memoryBytesMin
      ? undefined
      : "expected a size of at least 64MB, such as 8GB, 512MB or 8GiB",
  ).optional(),
  /** How long what was recorded is kept; for ever by default. */
  retention: retentionSchema.optional(),
  /** What holds for everybody who uses the console. */
  console: consoleSchema.optional(),
});

/** The whole of a cloud.yaml. A project that names no currency has its organisation's. */
export const cloudSchema = cloudFields.transform(({ projects, ...cloud }) => {
  const currencies = new Map(cloud.organisations?.map(({ name, currency }) => [name, currency]));
  return {
    ...cloud,
    projects: projects.map((project) => ({
      ...project,
      currency: project.currency ?? currencies.get(project.organisation ?? "") ?? currencyDefault,
    })),
  };
});

const currencyDefault = "USD";

export type CloudConfig = z.infer<typeof cloudSchema>;
export type ProviderConfig = z.infer<typeof providerSchema>;

/** Fields of the object at a path; list indexes do not matter. */
export function allowedFields(path: readonly PropertyKey[]): string[] | undefined {
  const names = path.filter((part) => typeof part === "string");
  const at = names[0] === "models" ? names.findIndex((name) => name === "price" || name === "charge") : -1;
  if (at !== -1) return priceFields(names.slice(at + 1), names[at] === "charge");
  const isOfTerms = names[0] === "organisations" || names[0] === "projects";
  // The name of a model is one of the names.
  const terms = isOfTerms ? termsFields[names.slice(1, names[2] === "models" ? 3 : undefined).join(".")] : undefined;
  if (terms) return [...terms];
  const key = names.join(".");
  const schemas: Record<string, { shape: Record<string, unknown> }> = {
    "": cloudFields,
    alerts: alertSchema,
    cors: corsSchema,
    batches: batchesSchema,
    retention: retentionSchema,
    console: consoleSchema,
    providers: providerSchema,
    "providers.on_disconnect": onDisconnectSchema,
    "providers.tls": tlsSchema,
    models: modelSchema,
    organisations: organisationSchema,
    projects: projectSchema,
    rates: rateSchema,
    "projects.stored_answers": storedAnswersSchema,
    "projects.content_log": contentLogSchema,
    "projects.content_log.mask": ownMaskSchema,
    "models.targets": targetSchema,
    "models.local": localSchema,
    "models.local.lora": loraSchema,
  };
  return schemas[key] && Object.keys(schemas[key].shape);
}
