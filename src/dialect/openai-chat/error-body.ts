import { type ErrorCode, SahabError } from "../../base/errors.ts";
import { isObject } from "../read.ts";

export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string; request_id?: string };
}

/** OpenAI's error object. Its SDKs choose their error class by the HTTP status; `code` is from Sahab's closed table. */
export function encodeErrorBody(error: SahabError, requestId?: string): ErrorBody {
  return {
    error: {
      message: error.message,
      type: errorType(error.status),
      param: error.param ?? null,
      code: error.code,
      ...(requestId !== undefined && { request_id: requestId }),
    },
  };
}

/** A vendor's answer that is not a success, with the two headers that tell something about it. */
export interface ErrorAnswer {
  status: number;
  body: string;
  contentType?: string | null;
  retryAfter?: string | null;
}

/**
 * A vendor's error answer as an error of ours. The vendor's words reach the caller only where they are about the
 * caller's request (4xx but 401, 402 and 403, whose text may hold part of the vendor's key or account), and are bounded.
 */
export function decodeErrorBody(answer: ErrorAnswer, nowMs: number = Date.now()): SahabError {
  // Pages of a proxy in front of the vendor are not parsed, let alone passed on.
  const isPage = answer.contentType?.includes("html") ?? false;
  const problem = isPage ? undefined : readProblem(parse(answer.body));
  const retryAfterS = parseRetryAfter(answer.retryAfter, nowMs);
  return toError(answer.status, problem, retryAfterS);
}

/** An error object that stands in a stream, or in an answer of status 200, in place of what was asked for. */
export function decodeErrorEvent(data: string): SahabError {
  return decodeErrorObject(parse(data));
}

export function decodeErrorObject(value: unknown): SahabError {
  const problem = readProblem(value);
  return toError(problem ? guessStatus(problem) : 500, problem, undefined);
}

const messageCharsMax = 2000;

interface Problem {
  message: string;
  code: string;
  type: string;
  param: string | undefined;
}

function toError(status: number, problem: Problem | undefined, retryAfterS: number | undefined): SahabError {
  if (status === 401 || status === 402 || status === 403) {
    return new SahabError(
      "upstream_authentication",
      `the vendor refused the credentials or the account that Sahab uses for it (status ${status})`,
    );
  }
  if (status === 429)
    return new SahabError("upstream_rate_limited", "the vendor's rate limit is reached (status 429)", { retryAfterS });
  const isRejection = status >= 400 && status < 500 && status !== 408 && status !== 409 && status !== 425;
  if (isRejection && problem) {
    const code: ErrorCode =
      problem.code === "context_length_exceeded" ? "context_length_exceeded" : "upstream_rejected";
    return new SahabError(code, problem.message, {
      status,
      param: problem.param,
      logMessage: `the vendor rejected the request (status ${status}${nameOf(problem)})`,
      cause: new VendorWords(problem.message),
    });
  }
  // The vendor's own words about its own trouble are not the caller's.
  const cause = problem && new VendorWords(problem.message);
  const shape = problem ? "" : " and a body that is not a JSON error";
  return new SahabError("upstream_error", `the vendor failed (status ${status}${shape})`, {
    retryAfterS,
    cause,
    logMessage: problem && `the vendor failed (status ${status}${nameOf(problem)})`,
  });
}

/** What a vendor said of a failure. It may quote the prompt, so logs hold it only where an operator asks for them in detail. */
export class VendorWords extends Error {}

/** A vendor's own name of an error; anything that is no identifier might quote the request. */
function nameOf({ code, type }: Problem): string {
  const name = [code, type].find((word) => /^[A-Za-z][\w.-]{1,63}$/.test(word));
  return name === undefined ? "" : `, ${name}`;
}

/**
 * Reads the shapes in use: OpenAI's `{error: {…}}`, `{error: "…"}` (Ollama), `{message, code}` (DashScope, vLLM before 0.10),
 * `{detail}` (FastAPI), and Google's array of one. Undefined when there is no message.
 */
function readProblem(value: unknown): Problem | undefined {
  const outer: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(outer)) return undefined;
  const inner = isObject(outer["error"]) ? outer["error"] : outer;
  const message =
    text(inner["message"]) || text(inner["error"]) || text(inner["detail"]) || detailText(inner["detail"]);
  const code = text(inner["code"]) || text(inner["status_code"]);
  const type = text(inner["type"]);
  if (!message && !code && !type) return undefined;
  return {
    message: (message || code || type).slice(0, messageCharsMax),
    code,
    type,
    param: text(inner["param"]).slice(0, 256) || undefined,
  };
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

/** Errors inside a stream carry no status; some vendors put it into `code`, others name it by `type`. */
function guessStatus({ code, type }: Problem): number {
  const number = Number(code);
  if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  const words = `${code} ${type}`.toLowerCase();
  if (/auth|api_?key|permission|arrearage|insufficient_(?:quota|balance)|access_?denied/.test(words)) return 401;
  if (/rate_?limit|too_?many|throttl|quota/.test(words)) return 429;
  if (
    /invalid_?request|invalid_?parameter|badrequest|bad_request|context_length|content_filter|data_?inspection/.test(
      words,
    )
  )
    return 400;
  return 500;
}

/** Seconds, or a date (RFC 9110, 10.2.3); undefined for anything else. Bounded to a day. */
function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  if (!value) return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.min(86_400, Math.max(0, seconds)) : undefined;
}

/** OpenAI's names for kinds of errors; those of permission and time follow the names in its SDKs. */
function errorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
