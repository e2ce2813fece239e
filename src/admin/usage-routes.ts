import { createRoute } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { usageSumNames } from "../base/usage-sum-names.ts";
import { encodeApiUsageSum, spansOf, type ApiUsageSum, type Store, type UsageReport } from "../ledger/index.ts";
import { csvAnswer, wantsCsv, type CsvFormat } from "./csv-answer.ts";
import { keysMeant } from "./keys-meant.ts";
import { expectKnownFilters } from "./known-filters.ts";
import { failure, json, madeJson, parseTime, type AdminApp } from "./route-parts.ts";
import { readTagFilters } from "./tag-filters.ts";
import { pointsMax, reportSchema, usageQuerySchema } from "./usage-schemas.ts";

interface UsageDeps {
  store: Pick<Store, "sumUsage" | "sumUsageJson" | "listKeys">;
  clock: Pick<Clock, "now">;
  /** Brings the store up to what the journal holds, so that reports include the last request. */
  drain(): Promise<void>;
}

export function addUsageRoute(app: AdminApp, deps: UsageDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/usage",
      summary: "Tokens and cost, summed, also over time",
      request: { query: usageQuerySchema },
      responses: { 200: json(reportSchema, "A row for each group and currency"), 400: failure },
    }),
    async (context) => {
      const query = context.req.valid("query");
      const { group_by: groupBy, since, until, limit, key, interval, tz, format, ...filters } = query;
      expectKnownFilters(context.req.url, usageQuerySchema.shape);
      const { scope } = context.get("actor");
      const tags = readTagFilters(context.req.url);
      const spans = interval && readSpans({ interval, since, until, tz }, deps.clock.now());
      const isCsv = wantsCsv(context.req.raw, format);
      const keyPlace = groupBy.indexOf("key");
      const keys = (isCsv && keyPlace >= 0) || key !== undefined ? await deps.store.listKeys(scope) : [];
      await deps.drain();
      const asked = {
        ...filters,
        keys: key === undefined ? undefined : keysMeant(key, keys),
        currency: filters.currency,
        since: parseTime(since),
        until: parseTime(until),
        groupBy,
        tags,
        rowsMax: limit,
        spans,
      };
      const { signal } = context.req.raw;
      if (!isCsv) return madeJson(context, await deps.store.sumUsageJson(scope, asked, { signal }));
      const report = await deps.store.sumUsage(scope, asked, { signal });
      const names = new Map(keys.map(({ id, name }) => [id, name]));
      const nameOf = (groups: readonly string[]) => names.get(groups[keyPlace] ?? "");
      // The typed answer of a route is JSON.
      return csvOf(report, { groupBy, nameOf, isOverTime: spans !== undefined, format }) as never;
    },
  );
}

const timeOf = (ms: number) => new Date(ms).toISOString();

function readSpans(
  {
    interval,
    since,
    until,
    tz,
  }: { interval: Parameters<typeof spansOf>[0]; since?: string | undefined; until?: string | undefined; tz: string },
  nowMs: number,
): number[] {
  const wrong = (message: string, param: string) =>
    new SahabError("invalid_request", `${param}: ${message}`, { param });
  const sinceMs = parseTime(since);
  if (sinceMs === undefined) throw wrong("expected a time, since interval is given; there is none", "since");
  const untilMs = parseTime(until) ?? nowMs;
  if (sinceMs >= untilMs)
    throw wrong(`expected a time before ${timeOf(untilMs)}; there is ${timeOf(sinceMs)}`, "since");
  const spans = spansOf(interval, { sinceMs, untilMs, timeZone: tz }, pointsMax);
  if (!spans)
    throw wrong(
      `from since to until there are more than ${pointsMax} times one ${interval}; ask for a shorter time or a longer interval`,
      "interval",
    );
  return spans;
}

/** Rows, over time those of each point with its time before them. What rows leave out comes last, with empty groups. */
function csvOf(
  { rows, rest, points }: UsageReport,
  {
    groupBy,
    nameOf,
    isOverTime,
    format,
  }: {
    groupBy: readonly string[];
    nameOf(groups: readonly string[]): string | undefined;
    isOverTime: boolean;
    format: CsvFormat;
  },
): Response {
  const groupNames = groupBy.flatMap((group) => (group === "key" ? ["key", "key_name"] : [group]));
  const cellsOf = (row: ApiUsageSum) => [
    ...groupBy.flatMap((group, place) => {
      const value = row.groups[place] ?? "";
      return group === "key" ? [value, nameOf(row.groups) ?? ""] : [value];
    }),
    ...usageSumNames.map((name) => row[name] ?? ""),
  ];
  const linesOf = (sums: UsageReport["rows"]) => sums.map((sum) => cellsOf(encodeApiUsageSum(sum)));
  const pieces = async function* () {
    if (!isOverTime) yield linesOf([...rows, ...rest]);
    for (const point of points)
      yield linesOf([...point.rows, ...point.rest]).map((cells) => [timeOf(point.sinceMs), ...cells]);
  };
  return csvAnswer(
    { name: "sahab-usage.csv", format },
    [...(isOverTime ? ["since"] : []), ...groupNames, ...usageSumNames],
    pieces(),
  );
}
