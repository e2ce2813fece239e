import type { ErrorCode, SahabError } from "../../base/errors.ts";
import { dashscopeWords, messageInWords } from "../context-words.ts";
import type { EncodedError, ErrorAnswer } from "../dialect.ts";
import type { JsonObject } from "../read.ts";
import { decodeErrorAnswer, parseJson } from "../vendor-error.ts";

/** DashScope's error object, the same in a body and in a stream. `code` is DashScope's own, which its clients compare; ours is beside it. */
export function encodeErrorBody(error: SahabError, requestId: string): JsonObject {
  return {
    code: nameOf(error),
    message: messageInWords(dashscopeWords, error, requestId),
    request_id: requestId,
    sahab_code: error.code,
    ...(error.param !== undefined && { param: error.param }),
    ...(error.vendorCode !== undefined && { vendor_code: error.vendorCode }),
  };
}

export function encodeError(error: SahabError, requestId: string): EncodedError {
  return { status: error.status, body: encodeErrorBody(error, requestId) };
}

/** A refused call for a stream may have its error in the form of an event, whatever its content type says. */
export function decodeError(answer: ErrorAnswer): SahabError {
  const data = parseJson(answer.body) === undefined ? /^data:\s*(\{.*\})\s*$/m.exec(answer.body)?.[1] : undefined;
  return decodeErrorAnswer(data === undefined ? answer : { ...answer, body: data });
}

/** Names: Model Studio's list of error codes. Unverified: those of 402, 405, 409, 413 and 415, which are not on it. */
function nameOf({ code, status }: SahabError): string {
  return byCode[code] ?? byStatus.get(status) ?? (status >= 500 ? "InternalError" : "InvalidParameter");
}

const byCode: Partial<Record<ErrorCode, string>> = {
  content_filter: "DataInspectionFailed",
  model_not_found: "ModelNotFound",
  model_not_allowed: "Model.AccessDenied",
  unsupported_operation: "UnsupportedOperation",
  not_found: "InvalidURL",
  overloaded: "ServiceUnavailable",
  upstream_timeout: "InternalError.Timeout",
};

const byStatus = new Map([
  [401, "InvalidApiKey"],
  [402, "Arrearage"],
  [403, "AccessDenied"],
  [408, "RequestTimeOut"],
  [429, "Throttling.RateQuota"],
  [503, "ServiceUnavailable"],
]);
