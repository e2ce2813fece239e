import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import type { RequestStory, UsageRecord } from "../../api/schema.d.ts";
import { queryOf, type RequestsSearch } from "./search.ts";

/** A page is parsed in one piece: of 100 records (120 KB) that takes about a millisecond. */
export const pageRows = 100;

/**
 * What a row shows: a hundred thousand of them are kept in memory, and each collection of garbage looks at all their objects. So the rest of
 * a record is left out, and rows share the texts that many have.
 */
export interface RequestRow extends Pick<
  UsageRecord,
  "id" | "time" | "status" | "outcome" | "model" | "project" | "provider" | "attempts" | "stream" | "cost" | "currency"
> {
  /** The client's name for the model, where that is another one. */
  asked: string;
  /** The key's name, or its id. */
  key: string;
  input: number;
  output: number;
  latencyMs: number;
}

export function rowOf(record: UsageRecord): RequestRow {
  const { id, time, status, attempts, stream, tokens, cost } = record;
  return {
    id,
    time,
    status,
    outcome: shared(record.outcome),
    model: shared(record.model),
    asked: shared(record.asked_model),
    project: shared(record.project),
    provider: shared(record.provider),
    key: shared(record.key_name ?? record.key),
    attempts,
    stream,
    cost: shared(cost),
    currency: shared(record.currency),
    input: tokens.input,
    output: tokens.output,
    latencyMs: record.latency_ms,
  };
}

const texts = new Map<string, string>();
const textsMax = 10_000;

/** The same text as one object. */
function shared(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= textsMax) texts.clear();
  texts.set(text, text);
  return text;
}

export const listKey = (filters: RequestsSearch) => ["requests", "list", filters] as const;

/** Requests, newest first, in pages; more of them as the end of the list comes into view. */
export function useRequestPages(filters: RequestsSearch) {
  return useInfiniteQuery({
    queryKey: listKey(filters),
    queryFn: async ({ signal, pageParam }) => {
      const query = {
        ...queryOf(filters, Date.now()),
        limit: pageRows,
        ...(pageParam !== null && { cursor: pageParam }),
      };
      const { requests, next } = await take(api.GET("/admin/v1/requests", { params: { query }, signal }));
      return { rows: requests.map(rowOf), next };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // New requests come by live events; pages that are there are not asked for again.
    staleTime: Infinity,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
  });
}

export function useStory(id: string) {
  return useQuery({
    queryKey: ["requests", "story", id],
    queryFn: ({ signal }): Promise<RequestStory> =>
      take(api.GET("/admin/v1/requests/{id}", { params: { path: { id } }, signal })),
    retry: false,
    staleTime: 30_000,
  });
}

/** Prompt and answer: each reading is logged, so it is asked for only when somebody wants to see it. */
export function useContent(id: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["requests", "content", id],
    queryFn: ({ signal }) => take(api.GET("/admin/v1/requests/{id}/content", { params: { path: { id } }, signal })),
    enabled: isWanted,
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });
}

/** The projects whose prompts and answers are kept. */
export function useContentLogs() {
  return useQuery({
    queryKey: ["content-log"],
    queryFn: async ({ signal }) => (await take(api.GET("/admin/v1/content-log", { signal }))).projects,
    staleTime: 60_000,
  });
}
