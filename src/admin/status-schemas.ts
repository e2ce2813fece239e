import { z } from "@hono/zod-openapi";

export const statusSchema = z
  .object({
    version: z.string(),
    started_at: z.string(),
    uptime_seconds: z.int(),
    workers: z.int().describe("Processes that share the port"),
    data_folder: z.string(),
    database: z.string().describe("A file, or an address without user and password"),
    models: z
      .array(
        z.object({
          name: z.string(),
          kind: z.enum(["local", "remote", "mixed"]),
          state: z
            .enum(["ready", "loading", "asleep", "failed", "resting", "unpriced"])
            .describe(
              "asleep: loaded when it is asked for; resting: its providers failed a moment ago; unpriced: calls are refused, since it has no known price",
            ),
          detail: z.string().nullable().describe("Why it is not ready, or why its process last ended"),
        }),
      )
      .describe("Those of the configuration"),
    providers: z.array(
      z.object({
        name: z.string(),
        vendor: z.string(),
        state: z
          .enum(["ok", "resting", "fault"])
          .describe("resting: it failed a moment ago; fault: it is not called. As the process that answers sees it"),
        detail: z.string().nullable(),
        models: z.int().describe("Models of the configuration that are asked there"),
        offered: z.int().describe("Models that it offers since the catalogue has them"),
      }),
    ),
    today: z.object({
      since: z.string().describe("Midnight in UTC"),
      requests: z.int(),
      costs: z.array(z.object({ currency: z.string(), cost: z.string() })).describe("One for each currency"),
    }),
  })
  .openapi("Status");

export type Status = z.infer<typeof statusSchema>;
