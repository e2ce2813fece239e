import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import { pollMs } from "../../api/poll.ts";
import type { ListedKey, Project, ShownKey, UsageRecord } from "../../api/schema.d.ts";

const latestShown = 10;

export function useKeys() {
  return useQuery({
    queryKey: ["keys"],
    queryFn: async ({ signal }): Promise<ListedKey[]> => (await take(api.GET("/admin/v1/keys", { signal }))).keys,
  });
}

/** A key with what it may still spend, as that moves. */
export function useKey(id: string) {
  return useQuery({
    queryKey: ["keys", id],
    queryFn: ({ signal }): Promise<ShownKey> =>
      take(api.GET("/admin/v1/keys/{id}", { params: { path: { id } }, signal })),
    refetchInterval: pollMs,
  });
}

export function useProjects() {
  return useQuery({
    queryKey: ["projects"],
    queryFn: async ({ signal }): Promise<Project[]> => (await take(api.GET("/admin/v1/projects", { signal }))).projects,
  });
}

export function useModelNames() {
  return useQuery({
    queryKey: ["models", "names"],
    queryFn: async ({ signal }): Promise<string[]> =>
      (await take(api.GET("/admin/v1/models", { signal }))).models.map(({ name }) => name),
    staleTime: 30_000,
  });
}

/** The newest requests of a key or of a project. */
export function useRequestsOf(filter: { key?: string; project?: string }) {
  return useQuery({
    queryKey: ["requests", "of", filter],
    queryFn: async ({ signal }): Promise<UsageRecord[]> =>
      (await take(api.GET("/admin/v1/requests", { params: { query: { limit: latestShown, ...filter } }, signal })))
        .requests,
    refetchInterval: pollMs,
  });
}

/** To be called when keys or projects have changed. */
export function useRefresh(): () => void {
  const client = useQueryClient();
  return () => {
    for (const name of ["keys", "projects", "status"]) void client.invalidateQueries({ queryKey: [name] });
  };
}
