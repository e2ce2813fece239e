export const tabNames = ["all", "local", "aliases"] as const;
export type Tab = (typeof tabNames)[number];

/** What of the page stands in its address. */
export interface ModelsSearch {
  tab?: Tab | undefined;
  /** Words that the names have. */
  q?: string | undefined;
  /** The model that is shown in detail. */
  model?: string | undefined;
  /** The provider for which a route is to be added. */
  add?: string | undefined;
}

export function parseModelsSearch(search: Record<string, unknown>): ModelsSearch {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value.slice(0, 200) : undefined);
  return {
    tab: tabNames.find((name) => name === search["tab"]),
    q: text(search["q"]),
    model: text(search["model"]),
    add: text(search["add"]),
  };
}
