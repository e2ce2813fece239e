/** What the server answered in place of what was asked for. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** One of the codes in docs/errors.md, or `network`. */
  readonly code: string;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** The field that was wrong. */
  readonly param: string | undefined;
  /** The error as the server wrote it; some routes add fields. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, details: Readonly<Record<string, unknown>>) {
    const text = (name: string) => (typeof details[name] === "string" ? details[name] : undefined);
    super(text("message") ?? `The server answered ${status}`);
    this.status = status;
    this.code = text("code") ?? "internal_error";
    this.requestId = text("request_id");
    this.param = text("param");
    this.details = details;
  }
}

/** The error of an answer's body, whatever it holds. */
export function toApiError(status: number, body: unknown): ApiError {
  const error = isRecord(body) ? body["error"] : undefined;
  return new ApiError(status, isRecord(error) ? error : {});
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
