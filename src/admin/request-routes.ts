import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import type { Snapshot } from "../config/index.ts";
import { SahabError } from "../base/errors.ts";
import { encodeRecords, type ShownRecord, type Store } from "../ledger/index.ts";
import { csvAnswer, csvRowsMax, wantsCsv, type CsvFormat } from "./csv-answer.ts";
import { keysMeant } from "./keys-meant.ts";
import { expectKnownFilters } from "./known-filters.ts";
import {
  pageRowsDefault,
  pageRowsMax,
  requestPageSchema,
  requestQuerySchema,
  requestStorySchema,
} from "./request-schemas.ts";
import { readRequestStory } from "./request-story.ts";
import { failure, json, madeJson, parseTime, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";
import { readTagFilters } from "./tag-filters.ts";

interface RequestDeps {
  store: Pick<Store, "listUsage" | "listUsageJson" | "findUsage" | "listKeys" | "findKey" | "findRefusal">;
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
      const query = context.req.valid("query");
      const { scope } = context.get("actor");
      const isCsv = wantsCsv(context.req.raw, query.format);
      const limit = query.limit ?? (isCsv ? csvRowsMax : pageRowsDefault);
      if (!isCsv && limit > pageRowsMax)
        throw new SahabError("invalid_request", `limit: expected at most ${pageRowsMax}; there is ${limit}`, {
          param: "limit",
        });
      const { key } = query;
      const listing = {
        project: query.project,
        model: query.model,
        provider: query.provider,
        status: query.status,
        user: query.user,
        costMin: query.min_cost,
        latencyMin: query.min_latency_ms,
        keys: key === undefined ? undefined : keysMeant(key, await deps.store.listKeys(scope)),
        tags: readTagFilters(context.req.url),
        since: parseTime(query.since),
        until: parseTime(query.until),
        endedSince: parseTime(query.ended_since),
      };
      const now = new Date(deps.clock.now()).toISOString();
      await deps.drain();
      const { cursor } = query;
      if (!isCsv) return madeJson(context, await deps.store.listUsageJson(scope, { ...listing, cursor, limit }, now));
      const pageAt = async (cursor: string | undefined, rows: number) => {
        const { records, next } = await deps.store.listUsage(scope, { ...listing, cursor, limit: rows });
        return { requests: await encodeRecords(deps.store, scope, records), next };
      };
      // The typed answer of a route is JSON.
      return csvOfRequests(pageAt, { cursor, limit, format: query.format }) as never;
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
      return context.json(await readRequestStory(deps, context.get("actor").scope, context.req.valid("param").id), 200);
    },
  );
}

/** Pages of records, until there are no more or as many as are wanted. */
function csvOfRequests(
  pageAt: (cursor: string | undefined, rows: number) => Promise<{ requests: ShownRecord[]; next: string | null }>,
  start: { cursor: string | undefined; limit: number; format: CsvFormat },
): Response {
  const pieces = async function* () {
    let { cursor, limit } = start;
    while (limit > 0) {
      const { requests, next } = await pageAt(cursor, Math.min(limit, pageRowsMax));
      yield requests.map(cellsOfRecord);
      limit -= requests.length;
      if (next === null) return;
      cursor = next;
    }
  };
  return csvAnswer(
    { name: "sahab-requests.csv", format: start.format },
    recordCells.map(([name]) => name),
    pieces(),
  );
}

const cellsOfRecord = (record: ShownRecord) => recordCells.map(([, valueOf]) => String(valueOf(record) ?? ""));

const recordCells: readonly (readonly [
  name: string,
  valueOf: (record: ShownRecord) => string | number | boolean | null,
])[] = [
  ["id", ({ id }) => id],
  ["time", ({ time }) => time],
  ["project", ({ project }) => project],
  ["key", ({ key }) => key],
  ["key_name", ({ key_name }) => key_name],
  ["user", ({ user }) => user],
  ["tags", ({ tags }) => (Object.keys(tags).length === 0 ? "" : JSON.stringify(tags))],
  ["model", ({ model }) => model],
  ["asked_model", ({ asked_model }) => asked_model],
  ["provider", ({ provider }) => provider],
  ["operation", ({ operation }) => operation],
  ["dialect", ({ dialect }) => dialect],
  ["attempts", ({ attempts }) => attempts],
  ["status", ({ status }) => status],
  ["outcome", ({ outcome }) => outcome],
  ["stream", ({ stream }) => stream],
  ["input_tokens", ({ tokens }) => tokens.input],
  ["cached_input_tokens", ({ tokens }) => tokens.cached_input],
  ["cache_write_tokens", ({ tokens }) => tokens.cache_write],
  ["output_tokens", ({ tokens }) => tokens.output],
  ["reasoning_tokens", ({ tokens }) => tokens.reasoning],
  ["estimated", ({ estimated }) => estimated],
  ["cost", ({ cost }) => cost],
  ["currency", ({ currency }) => currency],
  ["provider_cost", ({ provider_cost }) => provider_cost],
  ["provider_currency", ({ provider_currency }) => provider_currency],
  ["latency_ms", ({ latency_ms }) => latency_ms],
  ["time_to_first_token_ms", ({ time_to_first_token_ms }) => time_to_first_token_ms],
];
