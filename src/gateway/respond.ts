import type { SahabError } from "../base/errors.ts";
import type { Attempt } from "../call/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { jsonType } from "../dialect/media-types.ts";
import { headerLine, joinHeaders, noHeaders, type HeaderLines, type HttpRequest } from "../http/index.ts";
import type { Exchange } from "./exchange.ts";
import { rateHeaders } from "./rate-headers.ts";

/** The status with which a client of the dialect hears of an error. */
export function statusOf(dialect: Dialect, error: SahabError): number {
  if (error.vendorBody?.dialect === dialect.name) return error.vendorBody.status;
  return dialect.encodeError(error, "").status;
}

/** Answers with an error in the caller's dialect; with a vendor's own body where it is in that dialect already. */
export function answerError(
  request: HttpRequest,
  dialect: Dialect,
  error: SahabError,
  requestId: string,
  headers: HeaderLines = idHeaders(dialect, requestId),
): void {
  const own = error.vendorBody?.dialect === dialect.name ? error.vendorBody : undefined;
  const encoded = own ? undefined : dialect.encodeError(error, requestId);
  const { retryAfterS } = error;
  const all = joinHeaders(
    headers,
    headerLine("content-type", own && isHeaderValue(own.contentType) ? own.contentType : jsonType),
    retryAfterS === undefined ? noHeaders : headerLine("retry-after", String(Math.ceil(retryAfterS))),
    error.code === "budget_exceeded" ? noRetry : noHeaders,
  );
  request.answer(own?.status ?? encoded?.status ?? error.status, all, own?.text ?? JSON.stringify(encoded?.body));
}

/** Clients retry errors on their own, which no budget gets larger by. */
const noRetry = headerLine("x-should-retry", "false");

function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e]{1,200}$/.test(text);
}

/** Keeps the header from growing without bound. */
const droppedCharsMax = 2_000;

/** The request's id, under the name that is ours and the one that clients of the dialect know. */
export function idHeaders({ requestIdHeader }: Dialect, id: string): HeaderLines {
  const own = headerLine("x-request-id", id);
  return requestIdHeader === undefined ? own : joinHeaders(own, headerLine(requestIdHeader, id));
}

/** Which request it is, and who served it where that is known; the type of the body goes beside it. */
export function answerHeaders(exchange: Exchange, dialect: Dialect): HeaderLines {
  const { told, reservation } = exchange;
  const own = idHeaders(dialect, exchange.id);
  const id = reservation ? joinHeaders(own, rateHeaders(dialect, reservation)) : own;
  if (!told) return id;
  const { dropped } = told;
  return joinHeaders(
    id,
    targetHeaders(told.target),
    headerLine("x-sahab-attempts", String(exchange.attempts.length)),
    vendorHeaders(told, dialect),
    dropped.length === 0 ? noHeaders : headerLine("x-sahab-dropped", listDropped(dropped)),
  );
}

/** What the head of the vendor's answer said that clients look for. */
function vendorHeaders({ vendorRequestId, servedTier }: Attempt, { serviceTierHeader }: Dialect): HeaderLines {
  const id = vendorRequestId === null ? noHeaders : headerLine("x-sahab-vendor-request-id", vendorRequestId);
  if (serviceTierHeader === undefined || servedTier === undefined) return id;
  return joinHeaders(id, headerLine(serviceTierHeader, servedTier));
}

/** The same for every answer of a target. */
const knownTargets = new WeakMap<object, HeaderLines>();

function targetHeaders(target: { provider: string; model: string }): HeaderLines {
  let lines = knownTargets.get(target);
  if (lines === undefined) {
    lines = joinHeaders(headerLine("x-sahab-provider", target.provider), headerLine("x-sahab-model", target.model));
    knownTargets.set(target, lines);
  }
  return lines;
}

/** Field paths, comma-separated. They hold what callers wrote, so whatever no header may hold is left out. */
function listDropped(paths: readonly string[]): string {
  const list = paths.map((path) => path.replace(/[^\x21-\x2b\x2d-\x7e]/g, "?")).join(",");
  return list.length > droppedCharsMax ? `${list.slice(0, list.lastIndexOf(",", droppedCharsMax))},more` : list;
}
