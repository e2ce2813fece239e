import { z } from "@hono/zod-openapi";
import { printable } from "./schemas.ts";

export const catalogStatusSchema = z
  .object({
    source: z.string().describe("Where most of it is from"),
    date: z.string().describe("As of when"),
    models: z.int(),
    priced: z.int(),
    vendors: z.array(z.object({ id: z.string(), name: z.string(), models: z.int() })),
    updated: z.boolean().describe("Whether it is an update, or what comes with Sahab"),
    fault: z.string().nullable().describe("Why an update that is there is not used"),
  })
  .openapi("CatalogStatus");

const texts = z.array(z.string());

export const catalogModelSchema = z
  .object({
    vendor: z.string().describe("The vendor's part of the catalogue"),
    id: z.string(),
    name: z.string(),
    context: z.int().nullable(),
    input: z.int().nullable().describe("Most tokens of a prompt, where that is less than the context"),
    output: z.int().nullable(),
    takes: texts,
    gives: texts,
    features: texts,
    lacks: texts.describe("What it is known not to have; what is in neither list is unknown"),
    thinking: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe("How it can be told to think; null for one that does not"),
    interleaved: z.string().nullable().describe("The field in which its thoughts are sent back to it"),
    knowledge: z.string().nullable(),
    released: z.string().nullable(),
    status: z.string().nullable(),
    prices: z
      .array(z.record(z.string(), z.unknown()))
      .describe("By date, as cloud.yaml takes them; none where the price is unknown"),
    converted_from: z
      .string()
      .nullable()
      .describe("The currency that the vendor bills in, where the source has converted the price"),
    source: z.string(),
    available: texts.describe("Providers here that have it"),
  })
  .openapi("CatalogModel");

export const catalogChangeSchema = z
  .object({
    action: z.enum(["add", "price", "facts", "held", "kept", "by hand", "gone"]),
    vendor: z.string(),
    model: z.string(),
    details: texts,
  })
  .openapi("CatalogChange");

export const catalogUpdateQuerySchema = z.object({
  dry_run: z.enum(["0", "1", "true", "false"]).optional(),
  source: printable(200).min(1).default("models.dev").describe("Where the document is from, as it is shown"),
  accept: z
    .union([printable(400), z.array(printable(400)).max(1_000)])
    .optional()
    .describe("A model, as vendor/id, whose price is taken over however far it is from the one before"),
});
