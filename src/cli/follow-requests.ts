import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client.ts";
import { PassingError } from "./passing-error.ts";
import type { ListedRequest } from "./request-columns.ts";
import { requestQuery, type RequestFilters } from "./request-filters.ts";
import type { RequestPage } from "./request-pages.ts";

/** Between two questions; longer where answers take long, so that the server has at least four fifths of its time for others. */
const pollMs = 1_000;
/** Other processes' records reach the store within a second; a crashed one's when it starts again. */
const overlapMs = 10_000;
const pageMax = 1_000;
/** Pages of one question: beyond it requests end faster than anybody reads. */
const pagesMax = 5;
const waitMsMax = 5_000;

interface Follower {
  /** How many that have ended before come first. */
  limit: number;
  signal: AbortSignal;
  onRequest(record: ListedRequest): void;
  /** The server cannot be asked; it is asked again and again. */
  onWait(why: string): void;
  onBack(): void;
  /** More ended than are told. */
  onMissed(): void;
}

/** Tells each request once when it has ended, in the order of their ends, until the signal. Rejects where the first question fails, or a later one for good. */
export async function followRequests(client: Client, filters: RequestFilters, follower: Follower): Promise<void> {
  const { signal, onRequest } = follower;
  const query = requestQuery(filters);
  const ask = (more: Record<string, string>) => {
    const wanted = new URLSearchParams([...query, ...Object.entries(more)]);
    return client.json<RequestPage>(`/admin/v1/requests?${wanted.toString()}`, { signal });
  };
  const seen = new Map<string, number>();
  const tell = (records: readonly ListedRequest[]) => {
    for (const record of records.toSorted((one, other) => endOf(one) - endOf(other))) {
      if (seen.has(record.id)) continue;
      seen.set(record.id, endOf(record));
      onRequest(record);
    }
  };
  try {
    const first = await ask({ limit: String(Math.max(1, follower.limit)) });
    const startMs = Date.parse(first.now);
    tell(follower.limit === 0 ? [] : first.requests);
    let askedMs = startMs;
    let hasMissed = false;
    for (;;) {
      let tookMs = 0;
      const sinceMs = askedMs - overlapMs;
      const found = await keepAsking(follower, async () => {
        const beganMs = performance.now();
        const all = await askAll(ask, new Date(sinceMs).toISOString());
        // Of the last question alone: the time in which the server was away was no load.
        tookMs = performance.now() - beganMs;
        return all;
      });
      tell(found.records.filter((record) => endOf(record) >= startMs));
      if (found.isMore && !hasMissed) follower.onMissed();
      hasMissed = found.isMore;
      for (const [id, endMs] of seen) if (endMs < sinceMs) seen.delete(id);
      askedMs = Date.parse(found.now);
      await sleep(Math.max(pollMs, 4 * tookMs), undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** All that have ended since a time, the last ones first where these are too many. */
async function askAll(ask: (more: Record<string, string>) => Promise<RequestPage>, endedSince: string) {
  const records: ListedRequest[] = [];
  let cursor: string | undefined;
  let now: string | undefined;
  for (let pages = 0; ; pages++) {
    const more = { ended_since: endedSince, limit: String(pageMax), ...(cursor !== undefined && { cursor }) };
    const page = await ask(more);
    records.push(...page.requests);
    // What ends while the pages are read is for the next question.
    now ??= page.now;
    if (page.next === null || pages + 1 === pagesMax) return { records, now, isMore: page.next !== null };
    cursor = page.next;
  }
}

async function keepAsking<T>({ signal, onWait, onBack }: Follower, ask: () => Promise<T>): Promise<T> {
  for (let waitMs = pollMs; ; waitMs = Math.min(waitMsMax, waitMs * 2)) {
    try {
      const answer = await ask();
      if (waitMs > pollMs) onBack();
      return answer;
    } catch (error) {
      if (signal.aborted || !(error instanceof PassingError)) throw error;
      if (waitMs === pollMs) onWait(error.message);
      await sleep(waitMs, undefined, { signal });
    }
  }
}

function endOf({ time, latency_ms: tookMs }: ListedRequest): number {
  return Date.parse(time) + tookMs;
}
