import type { SahabError } from "../../base/errors.ts";
import type { EncodedError, ErrorAnswer } from "../dialect.ts";
import { isObject } from "../read.ts";
import { guessStatus, parseJson, parseRetryAfter, toVendorError, type VendorProblem } from "../vendor-error.ts";

export interface ErrorBody {
  error: {
    message: string;
    type: string;
    param: string | null;
    code: string;
    vendor_code?: string;
    request_id?: string;
  };
}

/** OpenAI's error object. Its SDKs choose their error class by the HTTP status; `code` is from Sahab's closed table. */
export function encodeErrorBody(error: SahabError, requestId?: string): ErrorBody {
  return {
    error: {
      message: error.message,
      type: errorType(error.status),
      param: error.param ?? null,
      code: error.code,
      ...(error.vendorCode !== undefined && { vendor_code: error.vendorCode }),
      ...(requestId !== undefined && { request_id: requestId }),
    },
  };
}

export function encodeError(error: SahabError, requestId: string): EncodedError {
  return { status: error.status, body: { ...encodeErrorBody(error, requestId) } };
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
  return toVendorError(problem ? guessStatus(problem) : 500, problem, undefined);
}

/**
 * Reads the shapes in use: OpenAI's `{error: {…}}`, `{error: "…"}` (Ollama), `{message, code}` (DashScope, vLLM before 0.10),
 * `{detail}` (FastAPI), and Google's array of one. Undefined when there is no message.
 */
function readProblem(value: unknown): VendorProblem | undefined {
  const outer: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(outer)) return undefined;
  const inner = isObject(outer["error"]) ? outer["error"] : outer;
  const message =
    text(inner["message"]) || text(inner["error"]) || text(inner["detail"]) || detailText(inner["detail"]);
  const code = text(inner["code"]) || text(inner["status_code"]);
  const type = text(inner["type"]);
  if (!message && !code && !type) return undefined;
  return { message: message || code || type, code, type, param: text(inner["param"]) || undefined };
}

/** FastAPI's list of `{loc, msg}`. */
function detailText(value: unknown): string {
  if (!Array.isArray(value)) return "";
  return value
    .filter(isObject)
    .slice(0, 10)
    .map((item) => `${Array.isArray(item["loc"]) ? item["loc"].join(".") : ""}: ${text(item["msg"])}`)
    .join("; ");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** OpenAI's names for kinds of errors; those of permission and time follow the names in its SDKs. */
function errorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 402) return "insufficient_quota";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}
