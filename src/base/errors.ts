import { escapeUnprintableLines } from "./printable.ts";

/**
 * The closed table of error codes, and the one policy on what each of them means.
 *
 * `status`: HTTP status for the client, unless the error names another.
 * `blame`: whose fault it is: the caller's, the vendor's or Sahab's own.
 * `elsewhere`: another target of the model may do better, so the next one is tried while the client has seen nothing.
 * `unhealthy`: counts against the target, which is avoided for a while.
 */
export const errorTable = {
  invalid_json: { status: 400, blame: "caller", elsewhere: false, unhealthy: false },
  invalid_request: { status: 400, blame: "caller", elsewhere: false, unhealthy: false },
  // This target can't do it (`n` or embeddings at a vendor without them); another may.
  unsupported_parameter: { status: 400, blame: "caller", elsewhere: true, unhealthy: false },
  unsupported_operation: { status: 400, blame: "caller", elsewhere: true, unhealthy: false },
  context_length_exceeded: { status: 400, blame: "caller", elsewhere: false, unhealthy: false },
  content_filter: { status: 400, blame: "caller", elsewhere: false, unhealthy: false },
  missing_api_key: { status: 401, blame: "caller", elsewhere: false, unhealthy: false },
  invalid_api_key: { status: 401, blame: "caller", elsewhere: false, unhealthy: false },
  expired_api_key: { status: 401, blame: "caller", elsewhere: false, unhealthy: false },
  revoked_api_key: { status: 401, blame: "caller", elsewhere: false, unhealthy: false },
  forbidden: { status: 403, blame: "caller", elsewhere: false, unhealthy: false },
  model_not_allowed: { status: 403, blame: "caller", elsewhere: false, unhealthy: false },
  model_not_found: { status: 404, blame: "caller", elsewhere: false, unhealthy: false },
  not_found: { status: 404, blame: "caller", elsewhere: false, unhealthy: false },
  method_not_allowed: { status: 405, blame: "caller", elsewhere: false, unhealthy: false },
  request_timeout: { status: 408, blame: "caller", elsewhere: false, unhealthy: false },
  conflict: { status: 409, blame: "caller", elsewhere: false, unhealthy: false },
  body_too_large: { status: 413, blame: "caller", elsewhere: false, unhealthy: false },
  client_closed_request: { status: 499, blame: "caller", elsewhere: false, unhealthy: false },
  upstream_rejected: { status: 400, blame: "caller", elsewhere: false, unhealthy: false },
  upstream_rate_limited: { status: 429, blame: "vendor", elsewhere: true, unhealthy: true },
  internal_error: { status: 500, blame: "sahab", elsewhere: false, unhealthy: false },
  upstream_authentication: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true },
  upstream_unreachable: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true },
  upstream_error: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true },
  upstream_invalid_response: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true },
  upstream_timeout: { status: 504, blame: "vendor", elsewhere: true, unhealthy: true },
  stream_interrupted: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true },
  engine_crashed: { status: 502, blame: "sahab", elsewhere: true, unhealthy: true },
  engine_unavailable: { status: 503, blame: "sahab", elsewhere: true, unhealthy: true },
  // The queue of one engine, or the whole of Sahab: another target may have room.
  overloaded: { status: 503, blame: "sahab", elsewhere: true, unhealthy: false },
  store_unavailable: { status: 503, blame: "sahab", elsewhere: false, unhealthy: false },
  shutting_down: { status: 503, blame: "sahab", elsewhere: false, unhealthy: false },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** An error answer of a vendor's, kept so that a client of the same dialect can get it unchanged. */
export interface VendorBody {
  /** Name of the dialect that it is in. */
  dialect: string;
  status: number;
  /** Secrets masked. */
  text: string;
  contentType: string;
}

interface ErrorDetails {
  /** The request field at fault, as a path: `messages[3].content`. */
  param?: string | undefined;
  /** Seconds after which a retry may succeed. */
  retryAfterS?: number | undefined;
  /** A status other than the table's, where the vendor's own is worth keeping. */
  status?: number | undefined;
  /** The message without a vendor's own words, which may quote the prompt: what a log may hold. By default the message. */
  logMessage?: string | undefined;
  /** What the vendor calls the error. */
  vendorCode?: string | undefined;
  vendorBody?: VendorBody | undefined;
  cause?: unknown;
}

/**
 * An error that a caller may see. Its message says what failed, what was found and what is allowed; it never holds a secret.
 * What a message repeats of a caller or vendor is shown in terminals and logs, so what cannot be printed is escaped.
 */
export class SahabError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly param: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly logMessage: string;
  readonly vendorCode: string | undefined;
  readonly vendorBody: VendorBody | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const printable = escapeUnprintableLines(message);
    super(printable, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "SahabError";
    this.code = code;
    this.status = details.status ?? errorTable[code].status;
    this.param = details.param;
    this.retryAfterS = details.retryAfterS;
    this.logMessage = details.logMessage === undefined ? printable : escapeUnprintableLines(details.logMessage);
    this.vendorCode = details.vendorCode;
    this.vendorBody = details.vendorBody;
  }

  /** The same error with some details replaced. */
  with(changes: ErrorDetails & { message?: string }): SahabError {
    const { message, param, retryAfterS, status, logMessage, vendorCode, vendorBody, cause } = this;
    const details = { param, retryAfterS, status, logMessage, vendorCode, vendorBody, cause };
    return new SahabError(this.code, changes.message ?? message, { ...details, ...changes });
  }
}

/** What a vendor said of a failure. It may quote the prompt, so logs hold it only where an operator asks for them in detail. */
export class VendorWords extends Error {}

/** Any thrown value as a SahabError; what is not one already becomes `internal_error`, whose message says nothing of the cause. */
export function toSahabError(thrown: unknown): SahabError {
  if (thrown instanceof SahabError) return thrown;
  return new SahabError("internal_error", "Internal error; the log has its cause under this request's id", {
    cause: thrown,
  });
}
