import { z } from "zod";
import { parseKeepAlive } from "../../base/parse-keep-alive.ts";
import { cacheTypes } from "../../engine/cache-types.ts";
import { chargeSchema, pricesSchema } from "../price-schema.ts";
import { name, tokens } from "./names.ts";
import { apiSchema } from "./provider-schema.ts";

const priority = z.number().int().min(1).max(100).default(1);
/** Share of the load among targets of one priority. */
const weight = z.number().int().min(0).max(1000).default(1);

export const targetSchema = z.strictObject({
  provider: name,
  // Printable ASCII, since the name is also a header value of the answer.
  model: z.string().regex(/^[\x21-\x7e]{1,256}$/, "expected 1 to 256 printable ASCII characters without spaces"),
  priority,
  weight,
  /** Pins one of the provider's wire formats. */
  api: apiSchema.optional(),
  /** What it costs there; the model's price by default. */
  price: pricesSchema.optional(),
});

const file = z.string().min(1).max(4096);

export const loraSchema = z.strictObject({
  file,
  /** How much of the adapter is added to the weights. */
  scale: z.number().min(-100).max(100).default(1),
});

export const localSchema = z.strictObject({
  file,
  context: z.number().int().min(64).max(10_000_000).default(4096),
  slots: z.number().int().min(1).max(256).default(4),
  /** For how long it stays loaded while nobody asks it. See parseKeepAlive. */
  keep_alive: z
    .union([z.number(), z.string().max(64)], "expected a duration like 30s, 10m or 1h, 0 for none, or always")
    .refine(
      (value) => parseKeepAlive(value) !== undefined,
      "expected a duration like 30s, 10m or 1h, a number of seconds, 0 to unload at once, or -1 or always to stay loaded",
    )
    .optional(),
  /** How llama.cpp keeps keys and values; f16 by default. */
  cache_type_k: z.enum(cacheTypes).optional(),
  cache_type_v: z.enum(cacheTypes).optional(),
  /** Adapters that are added to the weights, all of them for all requests. */
  lora: z.array(loraSchema).min(1).max(16).optional(),
  /** Memory for conversations that have no slot, in MiB; 0 keeps none. */
  cache_ram: z.number().int().min(0).max(1_048_576).optional(),
  /** Guesses ahead what an answer repeats, from so many tokens (12 by default), so many tokens (48). */
  spec_type: z.enum(["none", "ngram-simple"]).optional(),
  spec_ngram_simple_size_n: z.number().int().min(1).max(1024).optional(),
  spec_ngram_simple_size_m: z.number().int().min(1).max(1024).optional(),
  priority,
  weight,
});

export const modelSchema = z
  .strictObject({
    name,
    /** What it reads and writes at most, in tokens; what the catalogue knows by default. */
    context: tokens.optional(),
    output: tokens.optional(),
    targets: z.array(targetSchema).min(1).max(64).optional(),
    local: localSchema.optional(),
    /** What it costs at its providers; what the catalogue knows by default. */
    price: pricesSchema.optional(),
    /** What is charged for it; what it costs by default. */
    charge: chargeSchema.optional(),
  })
  .refine((model) => model.targets !== undefined || model.local !== undefined, "expected targets, local or both");
