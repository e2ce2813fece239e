import { rollups, type RollupName } from "./rollup-columns.ts";
import type { UsageQuery } from "./store.ts";

/** A part of a report's time, and what it is summed from. Infinite where it has no end. */
export interface Segment {
  from: "records" | RollupName;
  since: number;
  until: number;
}

/** Divides a report's time: whole days and hours come from roll-ups where these have what it asks for, the edges from records. */
export function segmentsOf(query: UsageQuery): Segment[] {
  const { since = -Infinity, until = Infinity } = query;
  return divide(since, until, rollupsFor(query)).toSorted((one, other) => one.since - other.since);
}

/** The largest spans first. */
function rollupsFor({ groupBy, user, tags = [] }: UsageQuery): readonly RollupName[] {
  if (tags.length > 0 || groupBy.some((group) => group.startsWith("tag:"))) return [];
  if (user === undefined && !groupBy.includes("user")) return ["day", "hour"];
  return groupBy.includes("provider") ? [] : ["user-day"];
}

function divide(since: number, until: number, [name, ...smaller]: readonly RollupName[]): Segment[] {
  if (since >= until) return [];
  if (name === undefined) return [{ from: "records", since, until }];
  const { spanMs } = rollups[name];
  const [first, last] = [Math.ceil(since / spanMs) * spanMs, Math.floor(until / spanMs) * spanMs];
  if (first >= last) return divide(since, until, smaller);
  return [...divide(since, first, smaller), { from: name, since: first, until: last }, ...divide(last, until, smaller)];
}
