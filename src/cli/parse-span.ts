import { InvalidArgumentError } from "commander";
import { systemClock } from "../base/clock.ts";

const unitsMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `24h` → 86400. */
export function parseSeconds(text: string): number {
  const ms = text === "0" ? 0 : parseSpan(text);
  if (ms === undefined) throw new InvalidArgumentError("Allowed: a span such as 24h, 30m or 7d, or 0.");
  return ms / 1000;
}

/** A span from now, or a date, as an ISO time. */
export function parseExpiry(text: string): string {
  const spanMs = parseSpan(text);
  const time = spanMs === undefined ? Date.parse(text) : systemClock.now() + spanMs;
  if (Number.isNaN(time))
    throw new InvalidArgumentError("Allowed: a span such as 30d, 12h or 90m, or a date such as 2027-01-31.");
  return new Date(time).toISOString();
}

/** A span before now, a day, or a time, which is UTC unless it names its zone; as an ISO time. */
export function parsePast(text: string): string {
  const spanMs = parseSpan(text);
  const time = spanMs === undefined ? Date.parse(inUtc(text.trim())) : systemClock.now() - spanMs;
  if (Number.isNaN(time))
    throw new InvalidArgumentError(
      "Allowed: a span before now such as 1h or 7d, today, yesterday, a date such as 2026-11-24, or a time such as 2026-11-24T08:00:00Z.",
    );
  return new Date(time).toISOString();
}

function inUtc(text: string): string {
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  if (text === "today") return dayOf(systemClock.now());
  if (text === "yesterday") return dayOf(systemClock.now() - (unitsMs["d"] ?? 0));
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(text) ? `${text}Z` : text;
}

function parseSpan(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitsMs[unit] ?? 0);
}
