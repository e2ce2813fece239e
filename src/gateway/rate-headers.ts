import type { Dialect } from "../dialect/dialect.ts";
import { headerLine, joinHeaders, noHeaders, type HeaderLines } from "../http/index.ts";
import type { Hold } from "../ledger/index.ts";

const measures = ["requests", "tokens"] as const;

/**
 * What is left of limits a minute: `x-ratelimit-*` as OpenAI's clients read them (the time as `6m0s`), and beside them those of the
 * dialect's own clients (the time as RFC 3339).
 */
export function rateHeaders({ rateHeaderPrefix }: Dialect, hold: Pick<Hold, "rate">): HeaderLines {
  let lines = noHeaders;
  for (const measure of measures) {
    const rate = hold.rate(measure);
    if (!rate) continue;
    const { limit, remaining, resetMs } = rate;
    lines = joinHeaders(
      lines,
      headerLine(`x-ratelimit-limit-${measure}`, String(limit)),
      headerLine(`x-ratelimit-remaining-${measure}`, String(remaining)),
      headerLine(`x-ratelimit-reset-${measure}`, spanOf(resetMs)),
    );
    if (rateHeaderPrefix === undefined) continue;
    const own = `${rateHeaderPrefix}-${measure}`;
    lines = joinHeaders(
      lines,
      headerLine(`${own}-limit`, String(limit)),
      headerLine(`${own}-remaining`, String(remaining)),
      headerLine(`${own}-reset`, new Date(Date.now() + resetMs).toISOString().replace(/\.\d+Z$/, "Z")),
    );
  }
  return lines;
}

function spanOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
