/** A time in UTC for people: `2026-11-27 09:05`, or `2026-11-27 09:05:12`. Sentences name the zone behind it. */
export function showMoment(time: string, to: "minute" | "second" = "minute"): string {
  return time.slice(0, to === "minute" ? 16 : 19).replace("T", " ");
}

/** `320 ms`, `1.24 s`, `5 min 3 s`, `4 h 12 min`, `3 days 4 h`. */
export function showDuration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 10) / 100;
  if (seconds < 60) return `${Number.isInteger(seconds) ? seconds : seconds.toFixed(2)} s`;
  let rest = Math.round(seconds);
  const parts = units.map(({ name, one, s }) => {
    const count = Math.floor(rest / s);
    rest %= s;
    return { count, text: `${count} ${count === 1 ? (one ?? name) : name}` };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  return parts
    .slice(first, first + 2)
    .flatMap(({ count, text }) => (count > 0 ? [text] : []))
    .join(" ");
}

const units: readonly { name: string; one?: string; s: number }[] = [
  { name: "days", one: "day", s: 86_400 },
  { name: "h", s: 3_600 },
  { name: "min", s: 60 },
  { name: "s", s: 1 },
];

/** How long ago a time is, or how far ahead, to the second: `5 s ago`, `in 4 min 3 s`. */
export function showAgo(time: string, nowMs: number): string {
  const seconds = Math.round((nowMs - Date.parse(time)) / 1_000);
  if (seconds === 0) return "now";
  const span = showDuration(Math.abs(seconds) * 1_000);
  return seconds > 0 ? `${span} ago` : `in ${span}`;
}
