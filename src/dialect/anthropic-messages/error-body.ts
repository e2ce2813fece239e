import type { SahabError } from "../../base/errors.ts";
import { anthropicWords, messageInWords } from "../context-words.ts";
import type { EncodedError } from "../dialect.ts";
import type { JsonObject } from "../read.ts";
import { statusByType } from "../vendor-error.ts";

/** Anthropic's error object, the same in a body and in a stream. Its SDKs choose their error class by the HTTP status. */
export function encodeErrorBody(error: SahabError, requestId: string): JsonObject {
  return {
    type: "error",
    error: {
      type: errorType(statusOf(error)),
      message: messageInWords(anthropicWords, error, requestId),
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

/**
 * Anthropic's clients wait longer after 529, and treat a timeout apart. So Sahab's own overload has 529 here, and so has a
 * vendor's failure that is named as Anthropic names it.
 */
function statusOf({ code, status, vendorCode }: SahabError): number {
  if (code === "overloaded") return 529;
  if (code !== "upstream_error") return status;
  return vendorCode === "overloaded_error" || vendorCode === "timeout_error"
    ? (statusByType.get(vendorCode) ?? status)
    : status;
}

const typeByStatus = new Map([...statusByType].map(([type, status]) => [status, type]));

function errorType(status: number): string {
  return typeByStatus.get(status) ?? (status >= 500 ? "api_error" : "invalid_request_error");
}
