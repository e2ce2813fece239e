import type { SahabError } from "../base/errors.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { jsonType } from "../dialect/media-types.ts";
import type { HttpRequest } from "../http/index.ts";
import type { Exchange } from "./exchange.ts";

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
  headers: Readonly<Record<string, string>> = {},
): void {
  const own = error.vendorBody?.dialect === dialect.name ? error.vendorBody : undefined;
  const encoded = own ? undefined : dialect.encodeError(error, requestId);
  const all = {
    ...idHeaders(dialect, requestId),
    ...headers,
    "content-type": own && isHeaderValue(own.contentType) ? own.contentType : jsonType,
    ...(error.retryAfterS !== undefined && { "retry-after": String(Math.ceil(error.retryAfterS)) }),
  };
  request.answer(own?.status ?? encoded?.status ?? error.status, all, own?.text ?? JSON.stringify(encoded?.body));
}

function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e]{1,200}$/.test(text);
}

/** Keeps the header from growing without bound. */
const droppedCharsMax = 2_000;

/** The request's id, under the name that is ours and the one that clients of the dialect know. */
export function idHeaders({ requestIdHeader }: Dialect, id: string): Record<string, string> {
  const headers: Record<string, string> = { "x-request-id": id };
  if (requestIdHeader !== undefined) headers[requestIdHeader] = id;
  return headers;
}

/** The headers of every answer: which request it is, and who served it where that is known. */
export function answerHeaders(exchange: Exchange, dialect: Dialect, contentType: string): Record<string, string> {
  const headers = idHeaders(dialect, exchange.id);
  headers["content-type"] = contentType;
  const { attempt } = exchange;
  if (!attempt) return headers;
  headers["x-sahab-provider"] = attempt.provider;
  headers["x-sahab-model"] = attempt.model;
  headers["x-sahab-attempts"] = String(exchange.attempts.length);
  if (attempt.vendorRequestId !== null) headers["x-sahab-vendor-request-id"] = attempt.vendorRequestId;
  if (attempt.dropped.length > 0) headers["x-sahab-dropped"] = listDropped(attempt.dropped);
  return headers;
}

/** Field paths, comma-separated. They hold what callers wrote, so whatever no header may hold is left out. */
function listDropped(paths: readonly string[]): string {
  const list = paths.map((path) => path.replace(/[^\x21-\x2b\x2d-\x7e]/g, "?")).join(",");
  return list.length > droppedCharsMax ? `${list.slice(0, list.lastIndexOf(",", droppedCharsMax))},more` : list;
}
