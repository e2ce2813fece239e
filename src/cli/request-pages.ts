import type { Client } from "./client.ts";
import { printError } from "./print.ts";
import type { ListedRequest } from "./request-columns.ts";
import { requestQuery, type RequestFilters } from "./request-filters.ts";

/** As the admin API gives it. */
export interface RequestPage {
  requests: ListedRequest[];
  next: string | null;
  now: string;
}

/** So many of the newest, of as many pages as that takes: one with several filters may have none, and still a next one. */
export async function readRequests(
  client: Client,
  filters: RequestFilters,
  limit: number,
): Promise<{ records: ListedRequest[]; isMore: boolean }> {
  const query = requestQuery(filters);
  const records: ListedRequest[] = [];
  const beganMs = performance.now();
  let isTold = !process.stderr.isTTY;
  for (;;) {
    query.set("limit", String(Math.min(pageMax, limit - records.length)));
    const { requests, next } = await client.json<RequestPage>(`/admin/v1/requests?${query.toString()}`);
    records.push(...requests);
    if (next === null || records.length >= limit) return { records, isMore: next !== null };
    query.set("cursor", next);
    if (isTold || performance.now() - beganMs < patienceMs) continue;
    isTold = true;
    printError("Looking through older requests; --since bounds that, and Ctrl-C ends it.");
  }
}

const pageMax = 1_000;
/** Of several millions of requests a rare one takes seconds. */
const patienceMs = 2_000;
