import { z } from "zod";
import { parseKeepAlive } from "../../base/parse-keep-alive.ts";
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

export const localSchema = z.strictObject({
  file: z.string().min(1).max(4096),
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
