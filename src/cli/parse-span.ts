import { InvalidArgumentError } from "commander";
import { systemClock } from "../base/clock.ts";

const unitsMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `24h` → 86400. */
export function parseSeconds(text: string): number {
  const ms = text === "0" ? 0 : parseSpan(text);
  if (ms === undefined) throw new InvalidArgumentError("Allowed: a span such as 24h, 30m or 7d, or 0.");
  return ms / 1000;
}

/** A span from now, or a day or time (`parseTime`), as an ISO time. */
export function parseExpiry(text: string): string {
  const spanMs = parseSpan(text);
  const time = spanMs === undefined ? parseTime(text) : systemClock.now() + spanMs;
  if (time === undefined)
    throw new InvalidArgumentError(
      "Allowed: a span such as 30d, 12h or 2w, a date such as 2027-01-31, or a time (UTC) such as 2027-01-31T08:00.",
    );
  return new Date(time).toISOString();
}

/** A span before now, today, yesterday, or a day or time (`parseTime`), as an ISO time. */
export function parsePast(text: string): string {
  const spanMs = parseSpan(text);
  const time = spanMs === undefined ? parseTime(dayNamed(text)) : systemClock.now() - spanMs;
  if (time === undefined)
    throw new InvalidArgumentError(
      "Allowed: a span before now such as 1h or 7d, today, yesterday, a date such as 2026-11-24, or a time (UTC) such as 2026-11-24T08:00.",
    );
  return new Date(time).toISOString();
}

function dayNamed(text: string): string {
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  if (text === "today") return dayOf(systemClock.now());
  if (text === "yesterday") return dayOf(systemClock.now() - (unitsMs["d"] ?? 0));
  return text;
}

const timeForm = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/i;

/** A day, or a time that is UTC unless it names its zone, in ISO 8601 alone: Date.parse reads years in any number, and local times. */
function parseTime(text: string): number | undefined {
  const [, day, time = "00:00", zone = "Z"] = timeForm.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  // It takes a 30th of February for the 2nd of March.
  const dayMs = Date.parse(day);
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day)) return undefined;
  const ms = Date.parse(`${day}T${time}${zone}`.toUpperCase());
  return Number.isNaN(ms) ? undefined : ms;
}

function parseSpan(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([smhdw])$/.exec(text.trim()) ?? [];
  return count === undefined ? undefined : Number(count) * (unitsMs[unit] ?? 0);
}
