import { z } from "@hono/zod-openapi";
import { findUnprintable } from "../base/printable.ts";

export const isoTime = z.iso.datetime({ offset: true });
const decimalText = z.string().describe("Decimal, exact");

/** Text that a store can hold and a terminal can show. */
export const printable = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .superRefine((text, context) => {
      const found = findUnprintable(text);
      const message = `expected text without control and invisible characters; there is ${found}`;
      if (found !== undefined) context.addIssue({ code: "custom", message });
    });

/** For queries with a time from which on and one until which. */
export function checkTimes(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (since === undefined || until === undefined || Date.parse(since) < Date.parse(until)) return;
  const message = `expected a time before until, ${until}; there is ${since}`;
  context.addIssue({ code: "custom", path: ["since"], message });
}

export const errorSchema = z
  .object({
    error: z.object({ code: z.string(), message: z.string(), param: z.string().nullable(), request_id: z.string() }),
  })
  .openapi("Error");

const changeSchema = z
  .object({
    action: z.enum(["create", "update", "delete"]),
    kind: z.enum(["provider", "model", "alias", "organisation", "project", "rate", "alert", "setting"]),
    name: z.string(),
    fields: z.array(z.string()).optional(),
  })
  .openapi("Change");

export const applySchema = z
  .object({ changes: z.array(changeSchema), dry_run: z.boolean(), warnings: z.array(z.string()) })
  .openapi("Applied");

const prices = z
  .array(z.record(z.string(), z.unknown()))
  .describe("By date, as cloud.yaml takes them; none where the price is unknown");

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
      }),
    ),
    file: z.string().nullable(),
    prices: prices.describe("Where it is served first; those of local models are 0 until they are priced"),
    charge: z
      .union([z.object({ factor: decimalText }), prices])
      .nullable()
      .describe("What is charged: a factor on what its provider costs, or prices; null where it is what that costs"),
    leads_to: z.string().optional().describe("The model's own name, where this is another one"),
  })
  .openapi("Model");

const sha256 = z.string().regex(/^[0-9a-f]{64}$/i, "expected 64 hexadecimal digits");

export const pullSchema = z
  .strictObject({
    source: printable(4096)
      .min(1)
      .describe(
        "hf.co/OWNER/REPO[@REVISION][:QUANT or :FILE.gguf], the same with modelscope.cn, http(s) address, or a path on the machine that runs Sahab, in a folder that its owner allows",
      ),
    sha256: z
      .union([sha256, z.array(sha256).min(1).max(1000)])
      .optional()
      .describe("SHA-256 of the file in hexadecimal; of a model in parts, one for each. Others are refused"),
    name: printable(128).min(1).optional().describe("Name of the model; the file's name by default"),
    context: z.number().int().min(64).max(10_000_000).optional(),
    slots: z.number().int().min(1).max(256).optional(),
  })
  .openapi("Pull");
