import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import type { Snapshot } from "../config/index.ts";
import { encodeApiRecord, type Store } from "../ledger/index.ts";
import { namesOfKeys } from "./key-names.ts";
import { keysMeant } from "./keys-meant.ts";
import { expectKnownFilters } from "./known-filters.ts";
import { requestPageSchema, requestQuerySchema, requestStorySchema } from "./request-schemas.ts";
import { readRequestStory } from "./request-story.ts";
import { failure, json, parseTime, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";
import { readTagFilters } from "./tag-filters.ts";

interface RequestDeps {
  store: Pick<Store, "listUsage" | "findUsage" | "listKeys" | "findKey" | "findRefusal">;
  clock: Clock;
  /** The configuration as requests are served by it. */
  snapshot(): Snapshot;
  /** Brings the store up to what the journal holds, so that lists include the last request. */
  drain(): Promise<void>;
}

export function addRequestRoutes(app: AdminApp, deps: RequestDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/requests",
      summary: "Usage records, newest first",
      request: { query: requestQuerySchema },
      responses: { 200: json(requestPageSchema, "A page"), 400: failure },
    }),
    async (context) => {
      expectKnownFilters(context.req.url, requestQuerySchema.shape);
      const { since, until, ended_since: endedSince, key, ...listing } = context.req.valid("query");
      const tags = readTagFilters(context.req.url);
      const keys = key === undefined ? undefined : keysMeant(key, await deps.store.listKeys());
      const now = new Date(deps.clock.now()).toISOString();
      await deps.drain();
      const { records, next } = await deps.store.listUsage({
        ...listing,
        keys,
        tags,
        cursor: listing.cursor,
        since: parseTime(since),
        until: parseTime(until),
        endedSince: parseTime(endedSince),
      });
      const names = await namesOfKeys(
        deps.store,
        records.map(({ keyId }) => keyId),
      );
      const requests = records.map((record) => ({
        ...encodeApiRecord(record),
        key_name: names.get(record.keyId) ?? null,
      }));
      return context.json({ requests, next, now }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/requests/{id}",
      summary: "The story of one request: its attempts, why they failed, how its cost came about",
      request: { params: z.object({ id: printable(128).min(1).describe("Its id, or a beginning that no other has") }) },
      responses: { 200: json(requestStorySchema, "All that is known of it"), 400: failure, 404: failure },
    }),
    async (context) => {
      await deps.drain();
      return context.json(await readRequestStory(deps, context.req.valid("param").id), 200);
    },
  );
}
