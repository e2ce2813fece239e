import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import { stateMs } from "../../api/poll.ts";
import type {
  NewProvider,
  Provider,
  ProviderChanges,
  ProviderDraft,
  ProviderReport,
  ProviderSettings,
  Vendor,
} from "../../api/schema.d.ts";

export function useProviders() {
  return useQuery({
    queryKey: ["providers"],
    queryFn: async ({ signal }): Promise<Provider[]> =>
      (await take(api.GET("/admin/v1/providers", { signal }))).providers,
    refetchInterval: stateMs,
  });
}

export function useVendors() {
  return useQuery({
    queryKey: ["vendors"],
    queryFn: async ({ signal }): Promise<Vendor[]> => (await take(api.GET("/admin/v1/vendors", { signal }))).vendors,
    staleTime: Infinity,
  });
}

/** What is stored of a provider; asked for only where it is edited. */
export function useProviderSettings(name: string | undefined) {
  return useQuery({
    queryKey: ["providers", name, "settings"],
    queryFn: ({ signal }): Promise<ProviderSettings> =>
      take(api.GET("/admin/v1/providers/{name}", { params: { path: { name: name ?? "" } }, signal })),
    enabled: name !== undefined,
  });
}

/** Tries a provider that is stored, or one that is only typed in. */
export function useProviderTest() {
  return useMutation({
    mutationFn: (wish: { stored: string; token: boolean } | { draft: ProviderDraft }): Promise<ProviderReport> =>
      "draft" in wish
        ? take(api.POST("/admin/v1/providers/test", { body: wish.draft }))
        : take(
            api.POST("/admin/v1/providers/{name}/test", {
              params: { path: { name: wish.stored } },
              body: { token: wish.token },
            }),
          ),
  });
}

export function useProviderChanges() {
  const client = useQueryClient();
  const done = () =>
    Promise.all(["providers", "models", "status"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  const add = useMutation({
    mutationFn: (body: NewProvider) => take(api.POST("/admin/v1/providers", { body })),
    onSuccess: done,
  });
  const change = useMutation({
    mutationFn: ({ name, body }: { name: string; body: ProviderChanges }) =>
      take(api.PATCH("/admin/v1/providers/{name}", { params: { path: { name } }, body })),
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: (name: string) => take(api.DELETE("/admin/v1/providers/{name}", { params: { path: { name } } })),
    onSuccess: done,
  });
  return { add, change, remove };
}
