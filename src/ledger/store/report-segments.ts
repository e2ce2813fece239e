import { rollups, type RollupName } from "./rollup-columns.ts";
import type { UsageQuery } from "./store.ts";

/** A part of a report's time, and what it is summed from. Infinite where it has no end. */
export interface Segment {
  from: "records" | RollupName;
  since: number;
  until: number;
  /** Taken away from the others, which have more than the report is of. Never of records. */
  isLess?: boolean;
}

/**
 * Divides a report's time into parts. Whole hours come from roll-ups that have what the report asks for; the edges come from records. Whole days
 * replace most hours. A day that the time only partly covers is read whole, and its hours outside are subtracted: a day in Berlin takes 5 rows, not 24.
 */
export function segmentsOf(query: UsageQuery): Segment[] {
  const { since = -Infinity, until = Infinity } = query;
  const names = rollupsFor(query);
  const smallest = names.at(-1);
  if (smallest === undefined) return fromRecords(since, until);
  const { spanMs } = rollups[smallest];
  const [first, last] = [Math.ceil(since / spanMs) * spanMs, Math.floor(until / spanMs) * spanMs];
  if (first >= last) return fromRecords(since, until);
  return [...fromRecords(since, first), ...fromRollups(first, last, names), ...fromRecords(last, until)];
}

/** The largest spans first. */
function rollupsFor({ groupBy, user, tags = [] }: UsageQuery): readonly RollupName[] {
  if (tags.length > 0 || groupBy.some((group) => group.startsWith("tag:"))) return [];
  if (user === undefined && !groupBy.includes("user")) return ["day", "hour"];
  return groupBy.includes("provider") ? [] : ["user-day"];
}

function fromRecords(since: number, until: number): Segment[] {
  return since < until ? [{ from: "records", since, until }] : [];
}

/** Of a time that the last of the roll-ups divides. */
function fromRollups(since: number, until: number, [name, ...smaller]: readonly RollupName[]): Segment[] {
  if (name === undefined || since >= until) return [];
  const { spanMs } = rollups[name];
  const [first, last] = [Math.round(since / spanMs) * spanMs, Math.round(until / spanMs) * spanMs];
  if (first >= last || distance(since, first) + distance(last, until) >= until - since)
    return fromRollups(since, until, smaller);
  const upTo = (start: number, end: number) => [
    ...fromRollups(start, end, smaller),
    ...fromRollups(end, start, smaller).map((segment) => ({ ...segment, isLess: !segment.isLess })),
  ];
  return [...upTo(since, first), { from: name, since: first, until: last }, ...upTo(last, until)];
}

/** Also of infinite times. */
const distance = (one: number, other: number) => (one === other ? 0 : Math.abs(one - other));
