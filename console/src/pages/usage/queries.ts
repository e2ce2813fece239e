import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import type { UsageReport } from "../../api/schema.d.ts";
import type { Range } from "./range.ts";
import { filterNames, type FilterName, type GroupName } from "./search.ts";

/** As many as the chart has colours; what is beyond is one sum. */
const seriesMax = 8;

export type Filters = Partial<Record<FilterName, string>>;

export function filtersIn(search: Filters): Filters {
  return Object.fromEntries(filterNames.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])));
}

const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function reportQuery(by: GroupName, { since, until, interval }: Range, filters: Filters, currency?: string) {
  return {
    group_by: by,
    since: since.toISOString(),
    until: until.toISOString(),
    interval,
    tz: timeZone(),
    limit: seriesMax,
    ...filters,
    ...(currency !== undefined && { currency }),
  };
}

/** By the group, over time. */
export function useReport(by: GroupName, range: Range, filters: Filters, currency: string | undefined) {
  return useQuery({
    queryKey: ["usage", "report", by, range, filters, currency],
    queryFn: ({ signal }): Promise<UsageReport> =>
      take(api.GET("/admin/v1/usage", { params: { query: reportQuery(by, range, filters, currency) }, signal })),
    enabled: currency !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** All together, of a time and the one before it. */
export function useTotals({ since, until, before }: Range, filters: Filters) {
  return useQuery({
    queryKey: ["usage", "totals", since, until, filters],
    queryFn: async ({ signal }) => {
      const ask = async (from: Date, to: Date) => {
        const query = { group_by: "project", since: from.toISOString(), until: to.toISOString(), ...filters };
        const { rows, rest } = await take(api.GET("/admin/v1/usage", { params: { query }, signal }));
        return [...rows, ...rest];
      };
      // One after the other, since a server makes only a few reports at once.
      const now = await ask(since, until);
      return { now, earlier: await ask(before, since) };
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
