import { z } from "zod";
import { throughputPointOf, type ThroughputPoint } from "./fit-throughput.ts";

/** Groups that no calibration in `data/calibrations.json` was fitted to: they show what it is worth. */
export const heldOut = {
  measured: ["llama2-70b on 4 × a100-80gb", "llama2-70b on 8 × h100-80gb", "bloom-176b on 8 × h100-80gb"],
  published: [
    "llama-3.1-70b on 1 × h200",
    "llama-3.1-405b on 8 × h100-sxm",
    "llama-3.1-8b on 1 × h200",
    "qwen3-235b-a22b on 8 × h100-sxm",
    "llama-3.1-405b on 4 × b200",
    "llama-3.1-70b on 1 × gb200",
    "llama-3.1-405b on 4 × gb200",
  ],
} as const;

export function splitPoints<T extends { group: string }>(points: readonly T[], held: readonly string[]) {
  return {
    fitted: points.filter(({ group }) => !held.includes(group)),
    held: points.filter(({ group }) => held.includes(group)),
  };
}

const precision = z.enum(["fp8", "int4", "bf16"]);

const publishedSchema = z.object({
  /** Of the weights, where a point does not say otherwise. */
  precision,
  points: z.array(
    z.object({
      model: z.string(),
      accelerator: z.string(),
      tensorParallel: z.int().min(1),
      promptTokens: z.int().min(1),
      answerTokens: z.int().min(1),
      tokensPerSecond: z.number().positive(),
      precision: precision.optional(),
    }),
  ),
});

/** Of `data/published-throughput.json`. */
export function parsePublished(content: unknown): ThroughputPoint[] {
  const { precision, points } = publishedSchema.parse(content);
  return points.map((point) => throughputPointOf(point, point.precision ?? precision));
}
