const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * For how long an idle model stays loaded, in milliseconds, as Ollama writes it: a number of seconds or a text like `30s`, `10m`, `1h30m`;
 * 0 is not at all, and what is negative, or `always`, is Infinity. Undefined where it is none of these.
 */
export function parseKeepAlive(value: string | number): number | undefined {
  if (value === "always") return Infinity;
  if (typeof value === "number" || /^-?\d{1,9}$/.test(value)) {
    const seconds = Number(value);
    if (!Number.isFinite(seconds)) return undefined;
    return seconds < 0 ? Infinity : seconds * 1_000;
  }
  const found = /^(-?)((?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h))+)$/.exec(value);
  if (!found) return undefined;
  if (found[1] === "-") return Infinity;
  let sumMs = 0;
  for (const [, amount, unit] of (found[2] ?? "").matchAll(/([\d.]+)(ms|s|m|h)/g))
    sumMs += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  return sumMs;
}
