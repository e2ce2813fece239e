import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import { stateMs } from "../../api/poll.ts";
import type { Alias, Engines, Model, ModelChanges, Pull, PullState } from "../../api/schema.d.ts";

/** While a model is on its way. */
const pullMs = 1_000;

export function useModels() {
  return useQuery({
    queryKey: ["models"],
    queryFn: async ({ signal }): Promise<Model[]> => (await take(api.GET("/admin/v1/models", { signal }))).models,
    refetchInterval: stateMs,
  });
}

export function useEngines() {
  return useQuery({
    queryKey: ["engines"],
    queryFn: ({ signal }): Promise<Engines> => take(api.GET("/admin/v1/ps", { signal })),
    refetchInterval: stateMs,
  });
}

export function useAliases() {
  return useQuery({
    queryKey: ["aliases"],
    queryFn: async ({ signal }): Promise<Alias[]> => (await take(api.GET("/admin/v1/aliases", { signal }))).aliases,
  });
}

export function useProviderNames() {
  return useQuery({
    queryKey: ["providers"],
    queryFn: async ({ signal }) => (await take(api.GET("/admin/v1/providers", { signal }))).providers,
    select: (providers) => providers.map(({ name }) => name),
  });
}

/** What a provider lists of its models, to choose from: its test asks no model. Empty where it has no list or does not answer. */
export function useListedModels(provider: string) {
  return useQuery({
    queryKey: ["listed-models", provider],
    queryFn: async (): Promise<string[]> => {
      const path = { params: { path: { name: provider } }, body: { token: false } };
      const { keys } = await take(api.POST("/admin/v1/providers/{name}/test", path));
      return [...new Set(keys.flatMap(({ models }) => models?.ids ?? []))].toSorted();
    },
    enabled: provider !== "",
    staleTime: 300_000,
    retry: false,
  });
}

/** Pulls; asked for often while one runs. */
export function usePulls() {
  const client = useQueryClient();
  return useQuery({
    queryKey: ["pulls"],
    queryFn: async ({ signal }): Promise<PullState[]> => {
      const before = client.getQueryData<PullState[]>(["pulls"]) ?? [];
      const { pulls } = await take(api.GET("/admin/v1/pulls", { signal }));
      const wasRunning = new Set(before.filter(({ state }) => state === "running").map(({ id }) => id));
      if (pulls.some(({ id, state }) => state === "done" && wasRunning.has(id))) {
        void client.invalidateQueries({ queryKey: ["models"] });
        void client.invalidateQueries({ queryKey: ["engines"] });
      }
      return pulls;
    },
    refetchInterval: ({ state }) =>
      state.data?.some((pull) => pull.state === "running") === true ? pullMs : 4 * stateMs,
  });
}

export function usePullChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ["pulls"] });
  const begin = useMutation({
    mutationFn: (body: Pull) => take(api.POST("/admin/v1/pulls", { body })),
    onSuccess,
  });
  const cancel = useMutation({
    mutationFn: (id: string) => take(api.DELETE("/admin/v1/pulls/{id}", { params: { path: { id } } })),
    onSuccess,
  });
  return { begin, cancel };
}

export function useModelChanges() {
  const client = useQueryClient();
  const onSuccess = () =>
    Promise.all(["models", "engines", "aliases", "status"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  const save = useMutation({
    mutationFn: ({ name, body, isNew }: { name: string; body: ModelChanges; isNew: boolean }) => {
      const wish = { params: { path: { name } }, body };
      return take(isNew ? api.PUT("/admin/v1/models/{name}", wish) : api.PATCH("/admin/v1/models/{name}", wish));
    },
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (name: string) => take(api.DELETE("/admin/v1/models/{name}", { params: { path: { name } } })),
    onSuccess,
  });
  const setLoaded = useMutation({
    mutationFn: ({ name, isLoaded }: { name: string; isLoaded: boolean }) => {
      const wish = { params: { path: { name } } };
      return take(
        isLoaded ? api.POST("/admin/v1/models/{name}/load", wish) : api.POST("/admin/v1/models/{name}/unload", wish),
      );
    },
    onSuccess,
  });
  const setAlias = useMutation({
    mutationFn: ({ name, model }: { name: string; model: string }) =>
      take(api.PUT("/admin/v1/aliases/{name}", { params: { path: { name } }, body: { model } })),
    onSuccess,
  });
  const removeAlias = useMutation({
    mutationFn: (name: string) => take(api.DELETE("/admin/v1/aliases/{name}", { params: { path: { name } } })),
    onSuccess,
  });
  return { save, remove, setLoaded, setAlias, removeAlias };
}
