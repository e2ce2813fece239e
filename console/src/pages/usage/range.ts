import type { UsageSearch } from "./search.ts";

export type Interval = "hour" | "day" | "week" | "month";

/** A time with the one of the same length before it, and what divides it. */
export interface Range {
  since: Date;
  until: Date;
  before: Date;
  interval: Interval;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const daysOf = { "7d": 7, "30d": 30, "90d": 90 } as const;

/** The last millisecond of a minute, so that all of it asks for the same report: the next minute may be of another day. */
export function endOfMinute(nowMs: number): number {
  return (Math.floor(nowMs / minuteMs) + 1) * minuteMs - 1;
}

/** What a search means at a moment. Days and months begin by the reader's clock; all but 24 hours end with now. */
export function rangeOf({ range = "30d", from, to }: UsageSearch, now: Date): Range {
  if (from !== undefined && to !== undefined) {
    const since = startOfDay(from);
    const end = startOfDay(to);
    end.setDate(end.getDate() + 1);
    const until = new Date(Math.max(Math.min(end.getTime(), now.getTime()), since.getTime() + hourMs));
    return withBefore(since, until);
  }
  if (range === "24h") return withBefore(new Date(Math.floor(now.getTime() / hourMs) * hourMs - 23 * hourMs), now);
  if (range === "month") return withBefore(new Date(now.getFullYear(), now.getMonth(), 1), now);
  if (range === "12m") return withBefore(new Date(now.getFullYear(), now.getMonth() - 11, 1), now, "month");
  return withBefore(new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysOf[range] + 1), now);
}

function withBefore(since: Date, until: Date, interval?: Interval): Range {
  const lengthMs = until.getTime() - since.getTime();
  return { since, until, before: new Date(since.getTime() - lengthMs), interval: interval ?? intervalOf(lengthMs) };
}

/** So that a chart has at most about a hundred bars. */
function intervalOf(lengthMs: number): Interval {
  if (lengthMs <= 3 * dayMs) return "hour";
  if (lengthMs <= 100 * dayMs) return "day";
  return lengthMs <= 700 * dayMs ? "week" : "month";
}

function startOfDay(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date);
}
