export const rangeNames = ["24h", "7d", "30d", "90d", "month", "12m"] as const;
export type RangeName = (typeof rangeNames)[number];

export const groupNames = ["model", "project", "key", "provider", "user"] as const;
export type GroupName = (typeof groupNames)[number] | `tag:${string}`;

export const measureNames = ["cost", "tokens", "requests"] as const;
export type MeasureName = (typeof measureNames)[number];

/** What narrows a report. */
export const filterNames = ["model", "project", "key", "provider"] as const;
export type FilterName = (typeof filterNames)[number];

/** What is shown, as it stands in the address; what is left out is the first of its kind, and 30 days. */
export interface UsageSearch extends Partial<Record<FilterName, string>> {
  range?: RangeName;
  /** Days of a range of one's own, both inclusive: 2026-11-27. */
  from?: string;
  to?: string;
  by?: GroupName;
  measure?: MeasureName;
  currency?: string;
}

const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/** Takes what is known of an address and leaves out the rest. */
export function parseUsageSearch(from: Record<string, unknown>): UsageSearch {
  const search: UsageSearch = {};
  const range = rangeNames.find((name) => name === from["range"]);
  if (range) search.range = range;
  const [start, end] = [from["from"], from["to"]].map((day) =>
    typeof day === "string" && dayPattern.test(day) && !Number.isNaN(Date.parse(day)) ? day : undefined,
  );
  if (start !== undefined && end !== undefined && start <= end) Object.assign(search, { from: start, to: end });
  const by = from["by"];
  const group = groupNames.find((name) => name === by);
  if (group) search.by = group;
  else if (typeof by === "string" && /^tag:[\w.-]{1,64}$/.test(by)) search.by = by as `tag:${string}`;
  const measure = measureNames.find((name) => name === from["measure"]);
  if (measure) search.measure = measure;
  if (typeof from["currency"] === "string" && /^[A-Z]{3}$/.test(from["currency"])) search.currency = from["currency"];
  for (const name of filterNames) {
    const value = from[name];
    if ((typeof value === "string" || typeof value === "number") && value !== "") search[name] = String(value);
  }
  return search;
}
