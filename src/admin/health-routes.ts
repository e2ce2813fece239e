import { createRoute, z } from "@hono/zod-openapi";
import { json, type AdminApp } from "./route-parts.ts";

const status = z.enum(["ok", "warning", "problem"]);
const bytes = z.int();

const healthSchema = z
  .object({
    status: status.describe("The worst of the checks'"),
    checked_at: z.string(),
    checks: z.array(
      z.object({
        check: z.string().describe("What was looked at; the same in every version"),
        status,
        detail: z.string().describe("What was found, and what to do about it"),
        told: z
          .object({ code: z.string(), values: z.record(z.string(), z.string()) })
          .optional()
          .describe(
            "The same for a program that says it in another language; absent where the English is all there is",
          ),
      }),
    ),
    version: z.string(),
    commit: z.string().nullable().describe("Of the checkout that runs"),
    runtime: z.string(),
    platform: z.string(),
    disk: z.object({ free_bytes: bytes, size_bytes: bytes }).nullable().describe("That of the data folder"),
    memory: z.object({ machine_bytes: bytes, free_bytes: bytes, process_bytes: bytes }),
    journal: z
      .object({
        lag_bytes: bytes.describe("Records that are on the disk and not yet in the store"),
        lag_seconds: z.number(),
        fault: z.string().nullable().describe("Why it cannot be written"),
        kept_records: z.int().describe("Records that the disk did not take"),
      })
      .describe("Of the process that answers"),
    store: z.object({
      kind: z.enum(["sqlite", "postgres"]),
      location: z.string().describe("A file, or an address without user and password"),
      answer_ms: z.number().describe("How long it took to read the configuration"),
    }),
  })
  .openapi("Health");

export type Health = z.infer<typeof healthSchema>;

export interface HealthRouteDeps {
  /** Looks at the machine, the data folder and the server. */
  health(): Promise<Health>;
}

/** What `sahab doctor` says, from within. */
export function addHealthRoute(app: AdminApp, deps: HealthRouteDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/health",
      summary:
        "What is wrong with this machine and the server, with the way out, looked at within the last 10 s; asks no provider",
      responses: { 200: json(healthSchema, "As it is now") },
    }),
    async (context) => context.json(await deps.health(), 200),
  );
}
