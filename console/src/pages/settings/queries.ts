import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, toApiError } from "../../api/api-error.ts";
import { api, take } from "../../api/client.ts";
import { queryClient } from "../../api/query-client.ts";
import type { Applied, Sessions, Settings, SettingsChanges } from "../../api/schema.d.ts";
import { sessionFetch } from "../../api/session-fetch.ts";

const sessionsKey = ["sessions"];

export function useSettings() {
  return useQuery({
    queryKey: ["settings"],
    queryFn: ({ signal }): Promise<Settings> => take(api.GET("/admin/v1/settings", { signal })),
  });
}

export function useSettingsChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SettingsChanges) => take(api.PATCH("/admin/v1/settings", { body })),
    onSuccess: (settings) => {
      client.setQueryData(["settings"], settings);
      // It says what holds in the chat.
      void client.invalidateQueries({ queryKey: ["session"] });
    },
  });
}

export type ListedSession = Sessions["sessions"][number];

/** Sessions that may be seen and ended, the newest first. */
export function useSessions() {
  return useQuery({
    queryKey: sessionsKey,
    queryFn: async ({ signal }) => (await take(api.GET("/admin/v1/sessions", { signal }))).sessions,
  });
}

/** Ends one that is not this browser's. */
export async function endSession(id: string): Promise<void> {
  await take(api.DELETE("/admin/v1/sessions/{id}", { params: { path: { id } } }));
  await queryClient.invalidateQueries({ queryKey: sessionsKey });
}

/** The configuration as YAML: what a file manages, or all of it. */
export function useConfigText(isWhole: boolean) {
  return useQuery({
    queryKey: ["config", isWhole],
    queryFn: ({ signal }) =>
      ask(`/admin/v1/config?format=yaml${isWhole ? "" : "&managed_by=file"}`, { signal }).then((answer) =>
        answer.text(),
      ),
    // What is typed must not be lost to a look at the server.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
}

/** What applying a text would change, and then applying just that. */
export function useApply() {
  const client = useQueryClient();
  const look = useMutation({ mutationFn: (text: string) => apply(text, "dry_run=1") });
  const make = useMutation({
    mutationFn: ({ text, plan }: { text: string; plan: string }) =>
      apply(text, `prune=1&plan=${encodeURIComponent(plan)}`),
    onSuccess: () => client.invalidateQueries(),
  });
  return { look, make };
}

async function apply(text: string, query: string): Promise<Applied> {
  const headers = { "content-type": "application/yaml" };
  const answer = await ask(`/admin/v1/apply?${query}`, { method: "POST", headers, body: text });
  return (await answer.json()) as Applied;
}

/** What the typed client cannot: bodies that are text. */
async function ask(path: string, init: RequestInit): Promise<Response> {
  const answer = await sessionFetch(path, init).catch((error: unknown) => {
    throw new ApiError(0, { code: "network", message: error instanceof Error ? error.message : "" });
  });
  if (answer.ok) return answer;
  throw toApiError(answer.status, (await answer.json().catch(() => undefined)) as unknown);
}
