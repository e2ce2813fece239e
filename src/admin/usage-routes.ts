import { createRoute } from "@hono/zod-openapi";
import { encodeApiUsageSum, type Store } from "../ledger/index.ts";
import { keysMeant } from "./keys-meant.ts";
import { expectKnownFilters } from "./known-filters.ts";
import { failure, json, parseTime, type AdminApp } from "./route-parts.ts";
import { readTagFilters } from "./tag-filters.ts";
import { reportSchema, usageQuerySchema } from "./usage-schemas.ts";

interface UsageDeps {
  store: Pick<Store, "sumUsage" | "listKeys">;
  /** Brings the store up to what the journal holds, so that reports include the last request. */
  drain(): Promise<void>;
}

export function addUsageRoute(app: AdminApp, deps: UsageDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/usage",
      summary: "Tokens and cost, summed",
      request: { query: usageQuerySchema },
      responses: { 200: json(reportSchema, "A row for each group and currency"), 400: failure },
    }),
    async (context) => {
      const { group_by: groupBy, since, until, limit, key, ...filters } = context.req.valid("query");
      expectKnownFilters(context.req.url, usageQuerySchema.shape);
      const tags = readTagFilters(context.req.url);
      const keyPlace = groupBy.indexOf("key");
      const keys = keyPlace >= 0 || key !== undefined ? await deps.store.listKeys() : [];
      await deps.drain();
      const report = await deps.store.sumUsage(
        {
          ...filters,
          keys: key === undefined ? undefined : keysMeant(key, keys),
          currency: filters.currency,
          since: parseTime(since),
          until: parseTime(until),
          groupBy,
          tags,
          rowsMax: limit,
        },
        { signal: context.req.raw.signal },
      );
      const names = new Map(keys.map(({ id, name }) => [id, name]));
      const rows = report.rows.map((row) => ({
        ...encodeApiUsageSum(row),
        name: names.get(row.groups[keyPlace] ?? ""),
      }));
      const { more, rest, cutOffMs } = report;
      const cutOff = cutOffMs === null ? null : new Date(cutOffMs).toISOString();
      return context.json({ rows, more, rest: rest.map(encodeApiUsageSum), cut_off: cutOff }, 200);
    },
  );
}
