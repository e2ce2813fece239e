/**
 * The closed table of error codes: what every dialect's error body is made from.
 * `status` is the HTTP status; `blame` says whose fault it is: the caller's, the vendor's or Sahab's own.
 */
export const errorTable = {
  invalid_json: { status: 400, blame: "caller" },
  invalid_request: { status: 400, blame: "caller" },
  unsupported_parameter: { status: 400, blame: "caller" },
  context_length_exceeded: { status: 400, blame: "caller" },
  missing_api_key: { status: 401, blame: "caller" },
  invalid_api_key: { status: 401, blame: "caller" },
  expired_api_key: { status: 401, blame: "caller" },
  revoked_api_key: { status: 401, blame: "caller" },
  forbidden: { status: 403, blame: "caller" },
  model_not_allowed: { status: 403, blame: "caller" },
  model_not_found: { status: 404, blame: "caller" },
  not_found: { status: 404, blame: "caller" },
  method_not_allowed: { status: 405, blame: "caller" },
  request_timeout: { status: 408, blame: "caller" },
  conflict: { status: 409, blame: "caller" },
  body_too_large: { status: 413, blame: "caller" },
  client_closed_request: { status: 499, blame: "caller" },
  upstream_rejected: { status: 400, blame: "caller" },
  upstream_rate_limited: { status: 429, blame: "vendor" },
  internal_error: { status: 500, blame: "sahab" },
  upstream_authentication: { status: 502, blame: "vendor" },
  upstream_unreachable: { status: 502, blame: "vendor" },
  upstream_error: { status: 502, blame: "vendor" },
  upstream_invalid_response: { status: 502, blame: "vendor" },
  upstream_timeout: { status: 504, blame: "vendor" },
  stream_interrupted: { status: 502, blame: "vendor" },
  engine_crashed: { status: 502, blame: "sahab" },
  engine_unavailable: { status: 503, blame: "sahab" },
  overloaded: { status: 503, blame: "sahab" },
  store_unavailable: { status: 503, blame: "sahab" },
  shutting_down: { status: 503, blame: "sahab" },
} as const;

export type ErrorCode = keyof typeof errorTable;

interface ErrorDetails {
  /** The request field at fault, as a path: `messages[3].content`. */
  param?: string | undefined;
  /** Seconds after which a retry may succeed. */
  retryAfterS?: number | undefined;
  /** A status other than the table's, where the vendor's own is worth keeping. */
  status?: number | undefined;
  /** The same without a vendor's own words, which may quote the prompt: what a log may hold. By default the message. */
  logMessage?: string | undefined;
  cause?: unknown;
}

/** An error that a caller may see. Its message says what failed, what was found and what is allowed; it never holds a secret. */
export class SahabError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly param: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly logMessage: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "SahabError";
    this.code = code;
    this.status = details.status ?? errorTable[code].status;
    this.param = details.param;
    this.retryAfterS = details.retryAfterS;
    this.logMessage = details.logMessage ?? message;
  }
}

/** The same error with its message preceded by where it comes from: `Provider x: …`. */
export function prefixError(error: SahabError, prefix: string): SahabError {
  const { code, status, param, retryAfterS, cause } = error;
  const logMessage = `${prefix}: ${error.logMessage}`;
  return new SahabError(code, `${prefix}: ${error.message}`, { status, param, retryAfterS, cause, logMessage });
}

/** Any thrown value as a SahabError; what is not one already becomes `internal_error`, whose message tells the caller nothing. */
export function toSahabError(thrown: unknown): SahabError {
  if (thrown instanceof SahabError) return thrown;
  return new SahabError("internal_error", "Internal error; the log has its cause under this request's id", {
    cause: thrown,
  });
}
