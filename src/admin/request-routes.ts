import { createRoute, z } from "@hono/zod-openapi";
import { apiRecordShape, encodeApiRecord, type Store } from "../ledger/index.ts";
import { keysMeant } from "./keys-meant.ts";
import { failure, json, parseTime, type AdminApp } from "./route-parts.ts";
import { checkTimes, isoTime, printable } from "./schemas.ts";

interface RequestDeps {
  store: Pick<Store, "listUsage" | "listKeys">;
  /** Brings the store up to what the journal holds, so that lists include the last request. */
  drain(): Promise<void>;
}

export function addRequestRoutes(app: AdminApp, deps: RequestDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/requests",
      summary: "Usage records, newest first",
      request: { query: querySchema },
      responses: { 200: json(pageSchema, "A page"), 400: failure },
    }),
    async (context) => {
      const { since, until, key, ...listing } = context.req.valid("query");
      const keys = key === undefined ? undefined : keysMeant(key, await deps.store.listKeys());
      await deps.drain();
      const { records, next } = await deps.store.listUsage({
        ...listing,
        keys,
        cursor: listing.cursor,
        since: parseTime(since),
        until: parseTime(until),
      });
      return context.json({ requests: records.map(encodeApiRecord), next }, 200);
    },
  );
}

const querySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(1000).default(100).describe("Records at most"),
    cursor: printable(200).optional().describe("The `next` of the page before, with the same filters"),
    key: printable(128).optional().describe("Only requests with this key, by its id, or with all keys of this name"),
    project: printable(128).optional().describe("Only requests of this project"),
    model: printable(256).optional().describe("Only requests that asked for this model"),
    provider: printable(128)
      .optional()
      .describe("Only requests whose last attempt was at this provider; empty for those that none was tried for"),
    status: z.coerce.number().int().min(100).max(599).optional().describe("Only requests that ended with this status"),
    since: isoTime.optional().describe("From, inclusive"),
    until: isoTime.optional().describe("To, exclusive"),
  })
  .superRefine(checkTimes);

const pageSchema = z.object({
  requests: z.array(z.object(apiRecordShape).openapi("UsageRecord")),
  next: z
    .string()
    .nullable()
    .describe(
      "The next page's cursor; null at the end. A page with several filters may have fewer records than asked for, or none, and still a next one",
    ),
});
