import { useQuery } from "@tanstack/react-query";
import { api, take } from "./client.ts";

/** In the order in which they are asked for. */
const groups = ["model", "key", "project", "provider"] as const;
export type NameGroup = (typeof groups)[number];

export interface UsedName {
  value: string;
  /** What people call it: of a key its name. */
  text: string;
}

const pastMs = 90 * 86_400_000;
/** Combinations of them: those of the most cost. */
const rowsMax = 2_000;

/**
 * The models, keys, projects and providers that requests of the last 90 days were by, for filters. One report for all of them, since a
 * server makes only a few at once.
 */
export function useUsedNames(group: NameGroup) {
  return useQuery({
    queryKey: ["usage", "names"],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Record<NameGroup, UsedName[]>> => {
      const since = new Date(Date.now() - pastMs).toISOString();
      const query = { group_by: groups.join(), since, limit: rowsMax };
      const { rows } = await take(api.GET("/admin/v1/usage", { params: { query }, signal }));
      const namesOf = (place: number): UsedName[] => {
        const isKey = groups[place] === "key";
        const names = new Map(rows.map((row) => [row.groups[place] ?? "", isKey ? row.name : undefined]));
        return [...names]
          .filter(([value]) => value !== "")
          .map(([value, name]) => ({ value, text: name ?? value }))
          .toSorted((one, other) => one.text.localeCompare(other.text));
      };
      return { model: namesOf(0), key: namesOf(1), project: namesOf(2), provider: namesOf(3) };
    },
    select: (names) => names[group],
  });
}
