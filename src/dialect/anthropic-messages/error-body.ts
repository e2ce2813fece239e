import type { SahabError } from "../../base/errors.ts";
import type { EncodedError, ErrorAnswer } from "../dialect.ts";
import { isObject, type JsonObject } from "../read.ts";
import { guessStatus, parseJson, parseRetryAfter, toVendorError, type VendorProblem } from "../vendor-error.ts";

/** Anthropic's error object, the same in a body and in a stream. Its SDKs choose their error class by the HTTP status. */
export function encodeErrorBody(error: SahabError, requestId: string): JsonObject {
  return {
    type: "error",
    error: {
      type: errorType(statusOf(error)),
      message: error.message,
      code: error.code,
      ...(error.param !== undefined && { param: error.param }),
      ...(error.vendorCode !== undefined && { vendor_code: error.vendorCode }),
    },
    request_id: requestId,
  };
}

export function encodeError(error: SahabError, requestId: string): EncodedError {
  return { status: statusOf(error), body: encodeErrorBody(error, requestId) };
}

/** A vendor's error answer. */
export function decodeErrorBody(answer: ErrorAnswer, nowMs: number = Date.now()): SahabError {
  // Pages of a proxy in front of the vendor are not parsed, let alone passed on.
  const isPage = answer.contentType?.includes("html") ?? false;
  const problem = isPage ? undefined : readProblem(parseJson(answer.body));
  return toVendorError(answer.status, problem, parseRetryAfter(answer.retryAfter, nowMs));
}

/** An error object in the place of what was asked for: in a stream, or in an answer of status 200. */
export function decodeErrorObject(value: unknown): SahabError {
  const problem = readProblem(value);
  if (!problem) return toVendorError(500, undefined, undefined);
  return toVendorError(statusByType.get(problem.type) ?? guessStatus(problem), problem, undefined);
}

/** Anthropic says 529 where others say 503: it is what its clients wait for. */
function statusOf(error: SahabError): number {
  return error.code === "overloaded" ? 529 : error.status;
}

/** Anthropic's types of errors and the status that each has. Rules: its API reference, "Errors". */
const statusByType = new Map([
  ["invalid_request_error", 400],
  ["authentication_error", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["timeout_error", 504],
  ["overloaded_error", 529],
]);
const typeByStatus = new Map([...statusByType].map(([type, status]) => [status, type]));

function errorType(status: number): string {
  return typeByStatus.get(status) ?? (status >= 500 ? "api_error" : "invalid_request_error");
}

/** Reads Anthropic's `{type: "error", error: {type, message}}`, and what compatible vendors make of it. Undefined when it says nothing. */
function readProblem(value: unknown): VendorProblem | undefined {
  if (!isObject(value)) return undefined;
  const inner = isObject(value["error"]) ? value["error"] : value;
  const details = isObject(inner["details"]) ? inner["details"] : {};
  const message = text(inner["message"]) || text(inner["error"]) || text(inner["detail"]);
  const code = text(inner["code"]) || text(details["error_code"]);
  const type = inner["type"] === "error" ? "" : text(inner["type"]);
  if (!message && !code && !type) return undefined;
  return { message: message || code || type, code, type, param: text(inner["param"]) || undefined };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
