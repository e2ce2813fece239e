import { createRoute, z } from "@hono/zod-openapi";
import { json, type AdminApp } from "./route-parts.ts";

export interface AlertDeps {
  /** Sends a test to each webhook. */
  testAlerts(): Promise<{ host: string; failure: string | undefined }[]>;
}

const alertTestSchema = z.object({
  webhooks: z.array(
    z.object({
      host: z.string().describe("Host and port of its address"),
      status: z.enum(["ok", "failed"]),
      detail: z.string().nullable().describe("Why it did not take the test"),
    }),
  ),
});

export function addAlertRoutes(app: AdminApp, { testAlerts }: AlertDeps): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/alerts/test",
      summary: "Send a test to each webhook of alerts, signed as alerts are",
      responses: { 200: json(alertTestSchema, "How each took it, in the configuration's order") },
    }),
    async (context) => {
      const webhooks = (await testAlerts()).map(({ host, failure }) => ({
        host,
        status: failure === undefined ? ("ok" as const) : ("failed" as const),
        detail: failure ?? null,
      }));
      return context.json({ webhooks }, 200);
    },
  );
}
