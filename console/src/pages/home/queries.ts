import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import { pollMs } from "../../api/poll.ts";
import type { Key, Status, UsageRecord } from "../../api/schema.d.ts";

const statusMs = 10_000;
const requestsShown = 8;

export function useStatus() {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }): Promise<Status> => take(api.GET("/admin/v1/status", { signal })),
    refetchInterval: statusMs,
  });
}

export function useKeys() {
  return useQuery({
    queryKey: ["keys"],
    queryFn: async ({ signal }): Promise<Key[]> => (await take(api.GET("/admin/v1/keys", { signal }))).keys,
  });
}

/** The newest requests, as they come in. */
export function useLatestRequests() {
  return useQuery({
    queryKey: ["requests", "latest"],
    queryFn: async ({ signal }): Promise<UsageRecord[]> =>
      (await take(api.GET("/admin/v1/requests", { params: { query: { limit: requestsShown } }, signal }))).requests,
    refetchInterval: pollMs,
  });
}
