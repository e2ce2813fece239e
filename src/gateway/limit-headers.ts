import { headerLine, joinHeaders, noHeaders, type HeaderLines } from "../http/index.ts";

/** How far a limit of requests or tokens a minute has been used. */
export interface RateView {
  limit: number;
  remaining: number;
  /** Milliseconds until nothing of it is used any more. */
  resetMs: number;
}

export interface RateViews {
  requests?: RateView | undefined;
  tokens?: RateView | undefined;
}

/**
 * The limits of a caller as clients of its dialect look for them: `x-ratelimit-limit-requests` and its like, and on Messages
 * `anthropic-ratelimit-requests-limit` beside them. OpenAI writes a time as `6m0.5s`, Anthropic as the moment itself.
 */
export function limitHeaders(dialect: string, { requests, tokens }: RateViews, nowMs: number): HeaderLines {
  return joinHeaders(headersOf(dialect, "requests", requests, nowMs), headersOf(dialect, "tokens", tokens, nowMs));
}

function headersOf(dialect: string, what: string, view: RateView | undefined, nowMs: number): HeaderLines {
  if (!view) return noHeaders;
  return joinHeaders(
    headerLine(`x-ratelimit-limit-${what}`, String(view.limit)),
    headerLine(`x-ratelimit-remaining-${what}`, String(Math.max(0, view.remaining))),
    headerLine(`x-ratelimit-reset-${what}`, formatSpan(view.resetMs)),
    dialect === "anthropic-messages" ? anthropicHeaders(what, view, nowMs) : noHeaders,
  );
}

function anthropicHeaders(what: string, { limit, remaining, resetMs }: RateView, nowMs: number): HeaderLines {
  const reset = `${new Date(nowMs + Math.max(0, resetMs)).toISOString().slice(0, 19)}Z`;
  return joinHeaders(
    headerLine(`anthropic-ratelimit-${what}-limit`, String(limit)),
    headerLine(`anthropic-ratelimit-${what}-remaining`, String(Math.max(0, remaining))),
    headerLine(`anthropic-ratelimit-${what}-reset`, reset),
  );
}

/** `120ms`, `1.5s`, `6m0s`. */
function formatSpan(spanMs: number): string {
  const ms = Math.max(0, Math.ceil(spanMs));
  if (ms > 0 && ms < 1_000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms % 60_000) / 1_000;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}
