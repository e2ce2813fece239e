import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client.ts";
import type { Project } from "../../api/schema.d.ts";

/** Names of the projects that may pay. */
export function useProjects(): readonly string[] {
  const { data } = useQuery({
    queryKey: ["projects"],
    queryFn: async ({ signal }): Promise<Project[]> => (await take(api.GET("/admin/v1/projects", { signal }))).projects,
    staleTime: 30_000,
    select: (projects) => projects.map(({ name }) => name),
  });
  return data ?? [usualProject];
}

/** It is always there. */
export const usualProject = "default";
