/** When a vendor's full price holds. Times are UTC. */
export interface PeakHours {
  /** Minutes of the day, from the first up to the second, on the days of the week: 0 is Sunday. */
  windows: readonly { days: ReadonlySet<number>; fromMinute: number; toMinute: number }[];
  /** Days without a peak, as whole days since 1970 where the vendor is. */
  holidays: ReadonlySet<number>;
  /** What the vendor's clock is ahead of UTC, in minutes; the days of its holidays begin by it. */
  holidayOffsetMinutes: number;
}

const minuteMs = 60_000;
const minutesPerDay = 1440;

export function isPeak({ windows, holidays, holidayOffsetMinutes }: PeakHours, timeMs: number): boolean {
  const minutes = Math.floor(timeMs / minuteMs);
  if (holidays.has(Math.floor((minutes + holidayOffsetMinutes) / minutesPerDay))) return false;
  const day = Math.floor(minutes / minutesPerDay);
  const minute = minutes - day * minutesPerDay;
  // The first of January 1970 was a Thursday.
  const weekday = (day + 4) % 7;
  return windows.some(
    ({ days, fromMinute, toMinute }) => days.has(weekday) && fromMinute <= minute && minute < toMinute,
  );
}

/** The whole days since 1970 from a date to another, both included, written `2026-02-15/2026-02-23` or as one date. */
export function daysOf(range: string): number[] {
  const [first = "", last = first] = range.split("/");
  const from = dayOf(first);
  return Array.from({ length: dayOf(last) - from + 1 }, (_, index) => from + index);
}

function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / (minutesPerDay * minuteMs);
}
