import { InvalidArgumentError, type Command } from "commander";
import { addUsageFilters, queryOf, type UsageFilters } from "./usage-filters.ts";

export interface RequestFilters extends UsageFilters {
  status?: string;
}

export function addRequestFilters(command: Command): Command {
  return addUsageFilters(command).option(
    "--status <status>",
    "only requests that ended so: 200, 4xx, or error for all from 400 on",
    parseStatus,
  );
}

/** As the admin API takes them. */
export function requestQuery(filters: RequestFilters): URLSearchParams {
  const query = queryOf(filters);
  if (filters.status !== undefined) query.set("status", filters.status);
  return query;
}

function parseStatus(text: string): string {
  if (!/^(?:[1-5]\d\d|[1-5]xx|error)$/i.test(text))
    throw new InvalidArgumentError("Allowed: a status such as 200, a class such as 4xx, or error for all from 400 on.");
  return text.toLowerCase();
}
