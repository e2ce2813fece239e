import type { Key } from "../../api/schema.d.ts";

export const keyStatuses = ["active", "expired", "revoked"] as const;
export type KeyStatus = (typeof keyStatuses)[number];

/** What is looked for, as it stands in the page's address. */
export interface KeySearch {
  q?: string;
  project?: string;
  status?: KeyStatus | "all";
}

/** Keys whose name, id or beginning has the text; the newest first. Without a status those that are good. */
export function findKeys<One extends Key>(
  keys: readonly One[],
  { q = "", project, status = "active" }: KeySearch,
): One[] {
  const sought = q.trim().toLowerCase();
  return keys
    .filter(
      (key) =>
        (status === "all" || key.status === status) &&
        (project === undefined || key.project === project) &&
        (sought === "" ||
          key.name.toLowerCase().includes(sought) ||
          key.id.toLowerCase().startsWith(sought) ||
          sought.startsWith(key.prefix.toLowerCase()) ||
          key.prefix.toLowerCase().startsWith(sought)),
    )
    .toReversed();
}

/** Of a page's address, which anybody may write. */
export function readKeySearch(search: Readonly<Record<string, unknown>>): KeySearch {
  const { q, project, status } = search;
  const known = [...keyStatuses, "all" as const].find((one) => one === status);
  return {
    // An address holds a number where one was typed.
    ...((typeof q === "string" || typeof q === "number") && q !== "" && { q: String(q) }),
    ...(typeof project === "string" && project !== "" && { project }),
    ...(known !== undefined && known !== "active" && { status: known }),
  };
}
