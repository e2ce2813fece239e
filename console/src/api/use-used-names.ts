import { useQuery } from "@tanstack/react-query";
import { api, take } from "./client.ts";

export type NameGroup = "model" | "key" | "project" | "provider" | "user";

export interface UsedName {
  value: string;
  /** What people call it: of a key its name. */
  text: string;
}

const pastMs = 90 * 86_400_000;
const namesMax = 500;

/** The models, keys, projects, providers or users that requests of the last 90 days were by, for filters. */
export function useUsedNames(group: NameGroup, { isOn = true } = {}) {
  return useQuery({
    queryKey: ["usage", "names", group],
    enabled: isOn,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<UsedName[]> => {
      const since = new Date(Date.now() - pastMs).toISOString();
      const query = { group_by: group, since, limit: namesMax };
      const { rows } = await take(api.GET("/admin/v1/usage", { params: { query }, signal }));
      const names = new Map(rows.map(({ groups: [value = ""], name }) => [value, name ?? value]));
      return [...names]
        .filter(([value]) => value !== "")
        .map(([value, text]) => ({ value, text }))
        .toSorted((one, other) => one.text.localeCompare(other.text));
    },
  });
}
