import type { BudgetPeriod } from "../../base/declared-terms.ts";

/** A span of the calendar in which a budget holds. Milliseconds since 1970: from, inclusive; to, exclusive. */
export interface Window {
  startMs: number;
  endMs: number;
  /** `2026-11-27`, `2026-W48`, `2026-11` or `total`. */
  name: string;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Local time is nowhere so far from UTC. */
const offsetMsMax = 26 * 3_600_000;
/** Moments up to here can be formatted. */
const endOfTimeMs = 8_640_000_000_000_000;
/** More time zones than there are names of them. */
const formattersMax = 1_000;

/**
 * The window of a period that a moment is in. It begins with the day, the week (on Monday) or the month in a time zone (IANA name); so its
 * length changes where summer time begins or ends. Slow (about 0.5 ms): to be asked once for each window, not for each request.
 */
export function windowOf(period: BudgetPeriod, timeMs: number, timeZone: string): Window {
  if (period === "total") return { startMs: 0, endMs: endOfTimeMs, name: "total" };
  const zone = zoneOf(timeZone);
  let start = startOfPeriod(period, localMs(zone, timeMs));
  // Where a clock is put back over midnight, a date comes twice, and one of the times begins its window.
  if (timeMs < firstMoment(zone, start)) start = startOfPeriod(period, start - 1);
  else if (timeMs >= firstMoment(zone, next(period, start))) start = next(period, start);
  const [startMs, endMs] = [firstMoment(zone, start), firstMoment(zone, next(period, start))];
  return { startMs, endMs, name: nameOf(period, start) };
}

/** What a report over time is divided by. */
export const spanLengths = ["hour", "day", "week", "month"] as const;
export type SpanLength = (typeof spanLengths)[number];

/**
 * Where the hours, days, weeks or months of a time begin in a time zone, and where the time ends; the first and the last of them are cut.
 * Undefined where there are more than `max`. Hours are those of UTC, whatever the zone: its clock may be half an hour off.
 */
export function spansOf(
  length: SpanLength,
  { sinceMs, untilMs, timeZone }: { sinceMs: number; untilMs: number; timeZone: string },
  max: number,
): number[] | undefined {
  const bounds = [sinceMs];
  let at = length === "hour" ? sinceMs - modulo(sinceMs, hourMs) + hourMs : windowOf(length, sinceMs, timeZone).endMs;
  for (; at < untilMs; at = length === "hour" ? at + hourMs : endFrom(length, at, timeZone)) {
    bounds.push(at);
    if (bounds.length > max) return undefined;
  }
  return [...bounds, untilMs];
}

/** The end of the span that begins at a moment. Most days have 24 hours, which two looks at the clock can tell; to search takes forty. */
function endFrom(length: Repeated, startMs: number, timeZone: string): number {
  const zone = zoneOf(timeZone);
  const wanted = next(length, localMs(zone, startMs));
  const guess = startMs + (wanted - localMs(zone, startMs));
  if (wanted % dayMs === 0 && localMs(zone, guess) === wanted && localMs(zone, guess - 1000) < wanted) return guess;
  return windowOf(length, startMs, timeZone).endMs;
}

/** Never negative, unlike `%`. */
const modulo = (value: number, divisor: number) => value - Math.floor(value / divisor) * divisor;

/** Whether it is the IANA name of a time zone that this runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && zoneOf(name) !== undefined;
  } catch {
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError where there is no such time zone. */
function zoneOf(timeZone: string): Intl.DateTimeFormat {
  let zone = formatters.get(timeZone);
  if (!zone) {
    zone = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    if (formatters.size < formattersMax) formatters.set(timeZone, zone);
  }
  return zone;
}

/** What the clock on the wall shows, as milliseconds since 1970 as if it were UTC; whole seconds. */
function localMs(zone: Intl.DateTimeFormat, timeMs: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of zone.formatToParts(timeMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The first moment at which the clock on the wall shows this, or more where it leaves this out; one of them where it shows it twice. */
function firstMoment(zone: Intl.DateTimeFormat, wantedLocalMs: number): number {
  let beforeS = (wantedLocalMs - offsetMsMax) / 1000;
  let afterS = (wantedLocalMs + offsetMsMax) / 1000;
  while (afterS - beforeS > 1) {
    const middleS = Math.floor((beforeS + afterS) / 2);
    if (localMs(zone, middleS * 1000) >= wantedLocalMs) afterS = middleS;
    else beforeS = middleS;
  }
  return afterS * 1000;
}

type Repeated = Exclude<BudgetPeriod, "total">;

/** Local midnight of its first day. */
function startOfPeriod(period: Repeated, atLocalMs: number): number {
  const day = Math.floor(atLocalMs / dayMs) * dayMs;
  const date = new Date(day);
  if (period === "week") return day - ((date.getUTCDay() + 6) % 7) * dayMs;
  return period === "month" ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) : day;
}

/** The start of the period that follows one. */
function next(period: Repeated, startLocalMs: number): number {
  if (period !== "month") return startLocalMs + (period === "week" ? 7 : 1) * dayMs;
  const date = new Date(startLocalMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

function nameOf(period: Repeated, startLocalMs: number): string {
  const date = new Date(startLocalMs).toISOString().slice(0, 10);
  if (period === "day") return date;
  if (period === "month") return date.slice(0, 7);
  // A week belongs to the year that its Thursday is in, as ISO 8601 counts them.
  const thursday = new Date(startLocalMs + 3 * dayMs);
  const week = Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0)) / dayMs / 7) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}
