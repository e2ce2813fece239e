import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import { pollMs } from "../../api/poll.ts";
import type { Project, UsageReport } from "../../api/schema.d.ts";

const usageMs = 10_000;
const daysShown = 30;

/** A project with what it may spend and has spent, as that moves. */
export function useProject(name: string) {
  return useQuery({
    queryKey: ["projects", name],
    queryFn: ({ signal }): Promise<Project> =>
      take(api.GET("/admin/v1/projects/{name}", { params: { path: { name } }, signal })),
    refetchInterval: pollMs,
  });
}

/** What a project has used of each model in the last thirty days. */
export function useSpending(project: string) {
  return useQuery({
    queryKey: ["usage", "models of", project],
    queryFn: ({ signal }): Promise<UsageReport> => {
      const since = new Date(Date.now() - daysShown * 86_400_000).toISOString();
      const query = { project, group_by: "model", since };
      return take(api.GET("/admin/v1/usage", { params: { query }, signal }));
    },
    refetchInterval: usageMs,
  });
}
