import { z } from "@hono/zod-openapi";
import { printable } from "./schemas.ts";

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

const bytes = z.int();

export const pullViewSchema = z
  .object({
    id: z.string(),
    source: z.string().describe("Without what may be secret in it"),
    state: z.enum(["running", "done", "failed", "cancelled"]),
    phase: z
      .enum(["looking", "fetching", "checking", "serving"])
      .describe("Of one that runs: it asks the hub, fetches, compares the hash, puts the model into the configuration"),
    started_at: z.string(),
    ended_at: z.string().nullable(),
    received_bytes: bytes,
    total_bytes: bytes.nullable(),
    bytes_per_second: z.int().nullable(),
    left_seconds: z.int().nullable().describe("Until all has come, at this speed"),
    found: z
      .object({
        source: z.string(),
        files: z.array(z.string()),
        quantization: z.string().nullable(),
        others: z.array(z.object({ quantization: z.string().nullable(), bytes })),
      })
      .nullable()
      .describe("The files that a hub has under this name"),
    model: z.string().nullable().describe("The model's name, once it is served"),
    warnings: z.array(z.string()),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .openapi("PullState");

export type PullView = z.infer<typeof pullViewSchema>;
