import { z } from "@hono/zod-openapi";
import { managerNames } from "../config/index.ts";
import { printable } from "./schemas.ts";

const decimalText = z.string().describe("Decimal, exact");

const prices = z
  .array(z.record(z.string(), z.unknown()))
  .describe("By date, as cloud.yaml takes them; none where the price is unknown");

const healthSchema = z
  .object({
    resting: z.boolean().describe("It failed a moment ago, and others are preferred"),
    resting_until: z.string().nullable(),
    failures: z.int().describe("Failures since it last worked"),
    last_failure_at: z.string().nullable(),
    last_failure: z.string().nullable().describe("The code of the last failure"),
    in_flight: z.int().describe("Attempts that are open there now"),
  })
  .describe("As the process that answers sees it")
  .openapi("TargetHealth");

const count = z.int().nullable();
const names = z.array(z.string()).nullable();
const known = z.boolean().nullable();

const factsSchema = z
  .object({
    title: z.string().nullable(),
    work: z.string().nullable().describe("chat, embedding, rerank or other"),
    released: z.string().nullable(),
    context_tokens: count.describe("Prompt and answer together"),
    output_tokens: count,
    takes: names.describe("text, image, pdf, audio, video"),
    gives: names,
    tools: known,
    structured_output: known,
    reasoning: known,
  })
  .describe("What is known of it; null for what is not")
  .openapi("ModelFacts");

const localSchema = z
  .object({
    context: z.int().describe("Tokens of each slot"),
    slots: z.int().describe("Requests served at once"),
    keep_alive: z.union([z.string(), z.number()]).nullable(),
    cache_ram: z.int().nullable().describe("MiB for conversations that have no slot; null for what is usual"),
    priority: z.int(),
    weight: z.int(),
    file_bytes: z.int().nullable().describe("Null where the file is not in the models folder"),
    health: healthSchema,
  })
  .openapi("LocalModel");

export const modelSchema = z
  .object({
    name: z.string(),
    kind: z.enum(["local", "remote", "mixed"]),
    targets: z.array(
      z.object({
        provider: z.string(),
        model: z.string(),
        priority: z.int(),
        weight: z.int(),
        api: z.string().optional().describe("The wire format that is pinned"),
        prices,
        health: healthSchema,
      }),
    ),
    file: z.string().nullable(),
    local: localSchema.nullable(),
    facts: factsSchema,
    prices: prices.describe("Where it is served first; those of local models are 0 until they are priced"),
    charge: z
      .union([z.object({ factor: decimalText }), prices])
      .nullable()
      .describe("What is charged: a factor on what its provider costs, or prices; null where it is what that costs"),
    managed_by: z
      .enum([...managerNames, "environment"])
      .nullable()
      .describe("Who manages it; null for what a provider offers by itself, and for aliases"),
    leads_to: z.string().optional().describe("The model's own name, where this is another one"),
  })
  .openapi("Model");

const targetSchema = z.strictObject({
  provider: printable(128).min(1),
  model: printable(256).min(1).describe("What the provider calls it"),
  priority: z.int().min(1).max(100).optional().describe("Lower is tried first; 1 by default"),
  weight: z.int().min(0).max(1000).optional().describe("Share of the load among targets of one priority"),
  api: printable(64).optional().describe("Pins one of the provider's wire formats"),
  price: z
    .unknown()
    .optional()
    .describe(
      "What it costs there, as cloud.yaml takes it; what is stored of the same target where it is left out, and null for none",
    ),
});

const tokens = z.int().min(1).max(100_000_000).nullable().optional();

export const modelChangesSchema = z
  .strictObject({
    targets: z.array(targetSchema).min(1).max(64).nullable().optional(),
    local: z
      .strictObject({
        context: z.int().min(64).max(10_000_000).optional(),
        slots: z.int().min(1).max(256).optional(),
        keep_alive: z
          .union([z.string().max(64), z.number()])
          .nullable()
          .optional()
          .describe("30s, 10m, always; null for what is usual"),
        cache_ram: z
          .int()
          .min(0)
          .max(1_048_576)
          .nullable()
          .optional()
          .describe("MiB for conversations that have no slot; 0 keeps none, null is what is usual"),
        priority: z.int().min(1).max(100).optional(),
        weight: z.int().min(0).max(1000).optional(),
      })
      .nullable()
      .optional()
      .describe("Settings of a model that has a file here; null takes the file's part away"),
    context: tokens,
    output: tokens,
    price: z.unknown().optional().describe("What it costs, as cloud.yaml takes it; null for what the catalogue knows"),
    charge: z.unknown().optional().describe("What is charged, as cloud.yaml takes it; null for what it costs"),
  })
  .openapi("ModelChanges");

export const aliasSchema = z
  .object({
    name: z.string().describe("A * at its end matches every name with that beginning"),
    model: z.string().describe("What it leads to"),
    managed_by: z.enum(managerNames).nullable(),
  })
  .openapi("Alias");

const bytes = z.number().int();

export const enginesSchema = z
  .object({
    engines: z.array(
      z.looseObject({
        name: z.string(),
        state: z.string().describe("stored, loading, ready, draining or failed"),
        file: z.string(),
        slots: z.int(),
        contextTokens: z.int(),
        pid: z.int().nullable(),
        restarts: z.int(),
        loadMs: z.number().nullable(),
        lastError: z.string().nullable(),
        live: z
          .looseObject({ slotsBusy: z.int(), queueLength: z.int(), memoryRssBytes: bytes })
          .nullable()
          .describe("The engine's own report; null when it does not answer"),
        memory: z
          .looseObject({
            state: z.string().describe("loaded, loading, sleeping, waiting, leaving or failed"),
            residentBytes: bytes,
            reservedBytes: bytes,
            estimatedBytes: bytes.nullable(),
            waiting: z.int(),
            lastUsedAt: z.string().nullable(),
            sleepsAt: z.string().nullable(),
          })
          .nullable()
          .describe("Null for one that runs always"),
      }),
    ),
    memory: z
      .looseObject({
        budgetBytes: bytes.nullable(),
        reservedBytes: bytes,
        freeBytes: bytes.nullable(),
        machineBytes: bytes,
      })
      .nullable()
      .describe("Null where all models run always"),
  })
  .openapi("Engines");
