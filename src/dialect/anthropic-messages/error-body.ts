import type { SahabError } from "../../base/errors.ts";
import type { EncodedError } from "../dialect.ts";
import type { JsonObject } from "../read.ts";
import { statusByType } from "../vendor-error.ts";

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

/** Anthropic says 529 where others say 503: it is what its clients wait for. */
function statusOf(error: SahabError): number {
  return error.code === "overloaded" ? 529 : error.status;
}

const typeByStatus = new Map([...statusByType].map(([type, status]) => [status, type]));

function errorType(status: number): string {
  return typeByStatus.get(status) ?? (status >= 500 ? "api_error" : "invalid_request_error");
}
