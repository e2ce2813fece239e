import { z } from "@hono/zod-openapi";
import { managerNames } from "../config/index.ts";
import { stepNames } from "../vendor/index.ts";
import { printable } from "./schemas.ts";

export const providerSchema = z
  .object({
    name: z.string(),
    vendor: z.string(),
    managed_by: z
      .enum([...managerNames, "environment"])
      .nullable()
      .describe(
        "environment where it is there since its key is in the server's environment; file where a cloud.yaml names it",
      ),
    address: z.string().nullable().describe("Its base address; null where something of it is missing"),
    region: z.string().nullable(),
    apis: z.array(z.string()).describe("The wire formats that it offers, the preferred first"),
    keys: z.int(),
    models: z.int().describe("Models of the configuration that are asked there"),
    offered: z.int().describe("Models that it offers since the catalogue has them"),
    fault: z.string().nullable().describe("Why it is not called"),
    resting: z
      .int()
      .describe("Models of it that rest since they failed a moment ago, as the process that answers sees it"),
    in_flight: z.int().describe("Attempts that are open there now, as the process that answers sees it"),
  })
  .openapi("Provider");

const text = (charsMax: number) => printable(charsMax).min(1);
/** Longer than any key: a service account's JSON in base64 has 3,000 characters. */
const secretText = z.string().min(1).max(8_192);
const milliseconds = z.int().min(1).max(3_600_000).optional();

const settingsFields = {
  base_url: text(2_048).nullable().optional().describe("Where the vendor's own address is not meant; null for that"),
  region: text(64).nullable().optional(),
  apis: z
    .array(text(64))
    .min(1)
    .max(16)
    .nullable()
    .optional()
    .describe("Wire formats that it offers, the preferred first"),
  catalog: z
    .boolean()
    .nullable()
    .optional()
    .describe("Whether every model that the catalogue has of the vendor is there as NAME/id"),
  proxy: text(2_048).nullable().optional().describe("An HTTP proxy, or none"),
  pass_fields: z.array(text(128)).max(200).nullable().optional(),
  timeouts: z
    .strictObject({
      connect_ms: milliseconds,
      first_text_ms: milliseconds,
      first_byte_ms: milliseconds,
      idle_ms: milliseconds,
      whole_ms: milliseconds,
    })
    .nullable()
    .optional(),
  tls: z
    .strictObject({ ca: z.string().max(100_000).optional(), insecure: z.boolean().optional() })
    .nullable()
    .optional(),
};

const secretFields = {
  api_key: secretText
    .nullable()
    .optional()
    .describe("The key, or where it is (env:NAME, file:/path, exec:/program); never given back. null removes it"),
  api_keys: z.array(secretText).min(1).max(16).nullable().optional().describe("Several keys instead"),
  headers: z
    .record(z.string().max(128), z.string().max(8_192))
    .nullable()
    .optional()
    .describe("Sent with every call; never given back. null removes them"),
};

export const newProviderSchema = z
  .strictObject({
    name: text(128).optional().describe("What models name it by; the vendor's name by default"),
    vendor: text(64),
    ...settingsFields,
    ...secretFields,
  })
  .openapi("NewProvider");

export const providerChangesSchema = z
  .strictObject({ ...settingsFields, ...secretFields })
  .describe("What is left out stays. Stored secrets go to no other address than the one that they were given for")
  .openapi("ProviderChanges");

export const providerSettingsSchema = z
  .object({
    name: z.string(),
    vendor: z.string(),
    managed_by: z.enum([...managerNames, "environment"]).nullable(),
    settings: z
      .object({
        base_url: z.string().optional(),
        region: z.string().optional(),
        apis: z.array(z.string()).optional(),
        catalog: z.boolean().optional(),
        proxy: z.string().optional().describe("Without its password"),
        pass_fields: z.array(z.string()).optional(),
        timeouts: z.record(z.string(), z.int()).optional(),
        tls: z.object({ has_ca: z.boolean(), insecure: z.boolean() }).optional(),
        header_names: z.array(z.string()),
        key_references: z.array(z.string()).describe("Where its keys are, for those that are references"),
        keys: z.int().describe("Keys that are stored or referred to"),
      })
      .nullable()
      .describe("What the configuration says of it, without secrets; null for one of the environment"),
    used_by: z.array(z.string()).describe("Models of the configuration that name it"),
  })
  .openapi("ProviderSettings");

export const draftTestSchema = z
  .strictObject({
    ...newProviderSchema.shape,
    model: text(256).optional().describe("The model that is asked for a token; one is chosen otherwise"),
    token: z
      .boolean()
      .optional()
      .describe("Whether a model is asked for a token, which costs something; false by default"),
  })
  .describe(
    "A provider as it would be added. With the name of a stored one, what is left out is as it is there, its secrets included",
  )
  .openapi("ProviderDraft");

export const providerTestSchema = z
  .strictObject({
    model: printable(256)
      .min(1)
      .optional()
      .describe("The model that is asked for a token, by its name here or at the vendor; one is chosen otherwise"),
    token: z
      .boolean()
      .optional()
      .describe("Whether a model is asked for a token, which costs something; true by default"),
  })
  .openapi("ProviderTestWish");

const status = z.enum(["ok", "warning", "failed"]);

const stepSchema = z.object({
  step: z.enum(stepNames),
  status: z.enum(["ok", "warning", "failed", "skipped"]),
  detail: z.string().describe("What was found, and what to do about it"),
  ms: z.int().nullable(),
});

const names = z.array(z.string());

export const providerReportSchema = z
  .object({
    name: z.string(),
    vendor: z.string(),
    address: z.string(),
    status: status.describe("The worst of its keys'"),
    keys: z.array(
      z.object({
        key: z.int().nullable().describe("Its place among several, from 1; null where there is one, or none"),
        status,
        steps: z.array(stepSchema),
        models: z
          .object({
            listed: z.int(),
            ids: names.describe("The first 1,000 of what it lists"),
            missing: names.describe("Models of the configuration that the vendor does not list"),
            missing_offered: names.describe("Models of the catalogue that it does not list"),
          })
          .nullable()
          .describe("null where the vendor has no list, or did not give it"),
        token: z
          .object({
            request: z.string().describe("Id of its usage record"),
            model: z.string(),
            tokens: z.object({ input: z.int(), output: z.int() }),
            cost: z.string().describe("Decimal, exact"),
            currency: z.string(),
            latency_ms: z.int(),
          })
          .nullable(),
      }),
    ),
  })
  .openapi("ProviderReport");
