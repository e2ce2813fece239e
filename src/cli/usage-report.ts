import type { ApiUsageSum } from "../ledger/index.ts";
import { CommandError, type Client } from "./client.ts";
import { queryOf, type UsageFilters } from "./usage-filters.ts";

export interface UsageOptions extends UsageFilters {
  by: readonly string[];
  limit?: number;
  currency?: string;
  compare?: boolean;
  pieces?: boolean;
  json?: boolean;
  csv?: boolean;
}

export interface Report {
  rows: ApiUsageSum[];
  more: number;
  rest: ApiUsageSum[];
}

/** The server's report. Its errors name the options of the command. */
export async function readReport(client: Client, options: UsageOptions): Promise<Report> {
  const query = queryOf(options);
  query.set("group_by", options.by.join(","));
  if (options.currency !== undefined) query.set("currency", options.currency);
  if (options.limit !== undefined) query.set("limit", String(options.limit));
  try {
    return await client.json<Report>(`/admin/v1/usage?${query.toString()}`);
  } catch (error) {
    if (error instanceof CommandError) error.message = error.message.replace(/(^|; )group_by: /, "$1--by: ");
    throw error;
  }
}
