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

function parseSpan(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitsMs[unit] ?? 0);
}
