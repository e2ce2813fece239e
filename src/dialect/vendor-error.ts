import { type ErrorCode, SahabError, VendorWords } from "../base/errors.ts";

/** What a vendor says of a failure, whatever the shape it came in. Unknown parts are empty. */
export interface VendorProblem {
  message: string;
  code: string;
  type: string;
  param: string | undefined;
}

/**
 * A vendor's failure as an error of ours. The vendor's words reach the caller only where they are about the caller's request
 * (4xx but 401, 402 and 403, whose text may hold part of the vendor's key or account), and are bounded.
 */
export function toVendorError(
  status: number,
  problem: VendorProblem | undefined,
  retryAfterS: number | undefined,
): SahabError {
  const vendorCode = problem && nameOf(problem);
  if (status === 401 || status === 402 || status === 403) {
    return new SahabError(
      "upstream_authentication",
      `the vendor refused the credentials or the account that Sahab uses for it (status ${status})`,
      { vendorCode },
    );
  }
  if (status === 429)
    return new SahabError("upstream_rate_limited", "the vendor's rate limit is reached (status 429)", {
      retryAfterS,
      vendorCode,
    });
  const named = vendorCode === undefined ? "" : `, ${vendorCode}`;
  const isRejection = status >= 400 && status < 500 && status !== 408 && status !== 409 && status !== 425;
  if (isRejection && problem) {
    return new SahabError(rejectionCode(problem), problem.message.slice(0, messageCharsMax), {
      status,
      param: problem.param?.slice(0, 256),
      vendorCode,
      logMessage: `the vendor rejected the request (status ${status}${named})`,
      cause: new VendorWords(problem.message),
    });
  }
  // The vendor's own words about its own trouble are not the caller's.
  const shape = problem ? "" : " and a body that is not a JSON error";
  return new SahabError("upstream_error", `the vendor failed (status ${status}${shape})`, {
    retryAfterS,
    vendorCode,
    cause: problem && new VendorWords(problem.message),
    logMessage: problem && `the vendor failed (status ${status}${named})`,
  });
}

const messageCharsMax = 2000;

function rejectionCode({ code, type, message }: VendorProblem): ErrorCode {
  if (code === "context_length_exceeded" || /prompt is too long/i.test(message)) return "context_length_exceeded";
  // Azure and OpenAI say content_filter or content_policy_violation, DashScope data_inspection_failed.
  return /content_filter|content_policy|data_?inspection/i.test(`${code} ${type}`)
    ? "content_filter"
    : "upstream_rejected";
}

/** A vendor's own name of an error; anything that is no identifier might quote the request. */
function nameOf({ code, type }: VendorProblem): string | undefined {
  return [code, type].find((word) => /^[A-Za-z][\w.-]{1,63}$/.test(word));
}

/** Errors inside a stream have no status; some vendors put it into `code`, others name it by `type`. */
export function guessStatus({ code, type }: VendorProblem): number {
  const number = Number(code);
  if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  const words = `${code} ${type}`.toLowerCase();
  if (/auth|api_?key|permission|arrearage|billing|insufficient_(?:quota|balance)|access_?denied/.test(words))
    return 401;
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
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  if (!value) return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.min(86_400, Math.max(0, seconds)) : undefined;
}

/** JSON, or undefined for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
