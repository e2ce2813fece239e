import { dateFormat } from "../../format/formatters.ts";
import type { Interval } from "./range.ts";

/** What an hour, day, week or month is called; `isShort` below a bar. A week is called by its first day. */
export function formatSpan(
  locale: string,
  since: string,
  { interval, isShort, timeZone }: { interval: Interval; isShort: boolean; timeZone?: string },
): string {
  const fields: Record<Interval, Intl.DateTimeFormatOptions> = {
    hour: isShort
      ? { hour: "2-digit", minute: "2-digit" }
      : { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
    day: isShort
      ? { month: "short", day: "numeric" }
      : { weekday: "short", year: "numeric", month: "short", day: "numeric" },
    week: isShort ? { month: "short", day: "numeric" } : { year: "numeric", month: "short", day: "numeric" },
    month: isShort ? { month: "short", year: "2-digit" } : { month: "long", year: "numeric" },
  };
  const zone = timeZone === undefined ? {} : { timeZone };
  return dateFormat(locale, { numberingSystem: "latn", ...zone, ...fields[interval] }).format(new Date(since));
}
