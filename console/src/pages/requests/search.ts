import type { UsageRecord } from "../../api/schema.d.ts";

export const spans = { "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000 } as const;
export type Span = keyof typeof spans;
export const spanNames = Object.keys(spans) as Span[];

/** Filters that may have several values, of which a request has one. */
export const listFilters = ["status", "model", "project", "provider"] as const;
export type ListFilter = (typeof listFilters)[number];

export const statusChoices = ["2xx", "error", "4xx", "429", "5xx"] as const;

/** What is shown, as it stands in the address. */
export interface RequestsSearch extends Partial<Record<ListFilter, string[]>> {
  /** Id or name. */
  key?: string;
  user?: string;
  /** `NAME=VALUE`. */
  tag?: string;
  span?: Span;
  /** A decimal. */
  cost?: string;
  /** Milliseconds. */
  latency?: number;
  /** Whose story is open. */
  id?: string;
}

/** Undefined takes a filter away. */
export type RequestsChanges = { [Name in keyof RequestsSearch]?: RequestsSearch[Name] | undefined };

const valuesMax = 20;

/** Takes what is known of an address and leaves out the rest: an address may come from anywhere. */
export function parseRequestsSearch(from: Record<string, unknown>): RequestsSearch {
  const search: RequestsSearch = {};
  for (const name of listFilters) {
    const values = [from[name]].flat().flatMap((value) => textOf(value) ?? []);
    if (values.length > 0) search[name] = [...new Set(values)].slice(0, valuesMax);
  }
  for (const name of ["key", "user", "tag", "id"] as const) {
    const value = textOf(from[name]);
    if (value !== undefined && value !== "") search[name] = value;
  }
  const span = spanNames.find((name) => name === from["span"]);
  if (span) search.span = span;
  const cost = textOf(from["cost"]) ?? "";
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(cost)) search.cost = cost;
  const latency = Number(from["latency"]);
  if (Number.isInteger(latency) && latency > 0) search.latency = latency;
  return search;
}

/** The router reads a text of digits as a number. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** The filters without whose story is open. */
export function filtersOf(search: RequestsSearch): RequestsSearch {
  const filters = { ...search };
  delete filters.id;
  return filters;
}

/** As the admin API takes them. */
export function queryOf(
  { status, model, project, provider, key, user, tag, span, cost, latency }: RequestsSearch,
  nowMs: number,
): Record<string, string | number | string[]> {
  const [tagName = "", ...tagValue] = tag?.split("=") ?? [];
  return {
    ...(status && { status }),
    ...(model && { model }),
    ...(project && { project }),
    ...(provider && { provider }),
    ...(key !== undefined && { key }),
    ...(user !== undefined && { user }),
    ...(tagName !== "" && { [`tag:${tagName}`]: tagValue.join("=") }),
    ...(span && { since: new Date(nowMs - spans[span]).toISOString() }),
    ...(cost !== undefined && { min_cost: cost }),
    ...(latency !== undefined && { min_latency_ms: latency }),
  };
}

/** Whether a request that has just ended belongs to what is shown; times are not compared, since it is new. */
export function isShown(search: RequestsSearch, record: UsageRecord): boolean {
  const { status, key, user, tag, cost, latency } = search;
  const [tagName = "", ...tagValue] = tag?.split("=") ?? [];
  return (
    (status?.some((one) => hasStatus(record.status, one)) ?? true) &&
    (["model", "project", "provider"] as const).every((name) => search[name]?.includes(record[name]) ?? true) &&
    (key === undefined || record.key === key || record.key_name === key) &&
    (user === undefined || record.user === user) &&
    (tagName === "" || (record.tags[tagName] ?? "") === tagValue.join("=")) &&
    (cost === undefined || nanoOf(record.cost) >= nanoOf(cost)) &&
    (latency === undefined || record.latency_ms >= latency)
  );
}

function hasStatus(status: number, wanted: string): boolean {
  if (wanted === "error") return status >= 400;
  return /^\dxx$/.test(wanted) ? Math.floor(status / 100) === Number(wanted[0]) : status === Number(wanted);
}

/** A decimal of the API in units of 10⁻⁹, exact. */
function nanoOf(decimal: string): bigint {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
}
