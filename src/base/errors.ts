import { escapeUnprintableLines } from "./printable.ts";

/** What an error means. */
interface Meaning {
  /** HTTP status for the client, unless the error names another. */
  status: number;
  /** Whose fault it is. */
  blame: "caller" | "vendor" | "sahab";
  /** The same target may do better in a moment, so it is asked once more. */
  again?: true;
  /** Another key of the same provider may do better, so that it is asked at once. */
  ofKey?: true;
  /** Another target of the model may do better, so the next one is tried while the client has seen nothing. */
  elsewhere?: true;
  /** Counts against the target, which then rests: others are preferred for a while. */
  unhealthy?: true;
  /** What its message found is what the caller wrote, such as a part of a prompt. */
  quotes?: true;
}

const table = {
  invalid_json: { status: 400, blame: "caller", quotes: true },
  invalid_request: { status: 400, blame: "caller", quotes: true },
  // This target can't do it (`n` or embeddings at a vendor without them); another may.
  unsupported_parameter: { status: 400, blame: "caller", elsewhere: true, quotes: true },
  unsupported_operation: { status: 400, blame: "caller", elsewhere: true },
  // Another target's context may be longer.
  context_length_exceeded: { status: 400, blame: "caller", elsewhere: true },
  content_filter: { status: 400, blame: "caller" },
  missing_api_key: { status: 401, blame: "caller" },
  invalid_api_key: { status: 401, blame: "caller" },
  expired_api_key: { status: 401, blame: "caller" },
  revoked_api_key: { status: 401, blame: "caller" },
  // A session of the console is over, or a link has been used.
  not_signed_in: { status: 401, blame: "caller" },
  // A budget or balance of the caller's has less left than the request may cost.
  budget_exceeded: { status: 402, blame: "caller" },
  forbidden: { status: 403, blame: "caller" },
  host_not_allowed: { status: 403, blame: "caller" },
  // The key is good, but not from where the request comes.
  address_not_allowed: { status: 403, blame: "caller" },
  model_not_allowed: { status: 403, blame: "caller" },
  // Nobody has told what a vendor's model costs.
  model_not_priced: { status: 403, blame: "caller" },
  model_not_found: { status: 404, blame: "caller" },
  not_found: { status: 404, blame: "caller" },
  // The answer that a request goes on from is not kept, or not any more: OpenAI's own code, at which its clients send all turns.
  previous_response_not_found: { status: 400, blame: "caller" },
  method_not_allowed: { status: 405, blame: "caller" },
  request_timeout: { status: 408, blame: "caller" },
  conflict: { status: 409, blame: "caller" },
  body_too_large: { status: 413, blame: "caller" },
  unsupported_encoding: { status: 415, blame: "caller" },
  // The caller's own share of what Sahab takes at a time is full.
  rate_limit_exceeded: { status: 429, blame: "caller" },
  client_closed_request: { status: 499, blame: "caller" },
  upstream_rejected: { status: 400, blame: "caller" },
  upstream_rate_limited: { status: 429, blame: "vendor", again: true, elsewhere: true, unhealthy: true, ofKey: true },
  // A provider's address leads back here, or in a circle of several Sahabs.
  loop_detected: { status: 508, blame: "sahab", elsewhere: true },
  internal_error: { status: 500, blame: "sahab" },
  // Key, account or permission of the provider: for the operator to mend.
  upstream_authentication: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true, ofKey: true },
  // The provider does not have the model that the configuration names, or the address is wrong.
  upstream_model_not_found: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true, ofKey: true },
  // No connection: refused, no such name, no trusted certificate.
  upstream_unreachable: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true },
  // The connection was open, and was closed before any text came.
  upstream_closed: { status: 502, blame: "vendor", again: true, elsewhere: true, unhealthy: true },
  upstream_error: { status: 502, blame: "vendor", again: true, elsewhere: true, unhealthy: true },
  upstream_invalid_response: { status: 502, blame: "vendor", elsewhere: true, unhealthy: true },
  upstream_timeout: { status: 504, blame: "vendor", elsewhere: true, unhealthy: true },
  // The answer had an end, yet is not whole. It is asked for again only where nothing of it was written.
  stream_interrupted: { status: 502, blame: "vendor", again: true, elsewhere: true, unhealthy: true },
  engine_crashed: { status: 502, blame: "sahab", elsewhere: true, unhealthy: true },
  engine_unavailable: { status: 503, blame: "sahab", elsewhere: true, unhealthy: true },
  // The queue of one engine, or the whole of Sahab: another target may have room.
  overloaded: { status: 503, blame: "sahab", elsewhere: true },
  disk_full: { status: 507, blame: "sahab" },
  store_unavailable: { status: 503, blame: "sahab" },
  shutting_down: { status: 503, blame: "sahab" },
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof table;

/** The closed table of error codes, and the one policy on what each of them means. */
export const errorTable: Readonly<Record<ErrorCode, Meaning>> = table;

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
  /**
   * The message without what may quote the prompt, such as a vendor's own words: what a log may hold. By default the message, and of errors
   * that quote the caller the field alone.
   */
  logMessage?: string | undefined;
  /** What the vendor calls the error. */
  vendorCode?: string | undefined;
  /** The HTTP status of the vendor's answer, where that was a failure. */
  vendorStatus?: number | undefined;
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
  readonly vendorStatus: number | undefined;
  readonly vendorBody: VendorBody | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const printable = escapeUnprintableLines(message);
    super(printable, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "SahabError";
    this.code = code;
    this.status = details.status ?? errorTable[code].status;
    this.param = details.param;
    this.retryAfterS = details.retryAfterS;
    const { logMessage } = details;
    if (logMessage !== undefined) this.logMessage = escapeUnprintableLines(logMessage);
    else this.logMessage = quotesCaller(code) ? describeUnquoted(details.param) : printable;
    this.vendorCode = details.vendorCode;
    this.vendorStatus = details.vendorStatus;
    this.vendorBody = details.vendorBody;
  }

  /** The same error with some details replaced. */
  with(changes: ErrorDetails & { message?: string }): SahabError {
    const { message, param, retryAfterS, status, logMessage, vendorCode, vendorStatus, vendorBody, cause } = this;
    const details = { param, retryAfterS, status, logMessage, vendorCode, vendorStatus, vendorBody, cause };
    return new SahabError(this.code, changes.message ?? message, { ...details, ...changes });
  }
}

/** What a vendor said of a failure. It may quote the prompt, so logs hold it only where an operator asks for them in detail. */
export class VendorWords extends Error {}

/** The cause of `upstream_authentication` where it is the money that is missing, and not the key: for the operator. */
export class NoCredit extends Error {}

/** Whether messages of a code may quote what the caller wrote. */
export function quotesCaller(code: ErrorCode): boolean {
  return errorTable[code].quotes === true;
}

/** The start of a field's path: names and positions only. */
const pathStart = /^[\w.[\]-]{1,100}/;

function describeUnquoted(param: string | undefined): string {
  const path = pathStart.exec(param ?? "")?.[0];
  const where = path === undefined ? "the request" : path + (path === param ? "" : "…");
  return `${where} is not as expected; the answer says how`;
}

const internalError = "Internal error; the log has its cause";

/** Any thrown value as a SahabError; what is not one already becomes `internal_error`, whose message says nothing of the cause. */
export function toSahabError(thrown: unknown): SahabError {
  if (thrown instanceof SahabError) return thrown;
  return new SahabError("internal_error", internalError, { cause: thrown });
}

/** The message for the caller of a request: one that points to the log says where to look there. */
export function messageFor({ message }: SahabError, requestId: string): string {
  return message === internalError ? `${message} under ${requestId}` : message;
}
