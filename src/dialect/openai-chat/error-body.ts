import type { SahabError } from "../../base/errors.ts";
import { openaiWords, messageInWords } from "../context-words.ts";
import type { EncodedError } from "../dialect.ts";

export interface ErrorBody {
  error: {
    message: string;
    type: string;
    param: string | null;
    code: string;
    vendor_code?: string;
    request_id: string;
  };
}

/** OpenAI's error object. Its SDKs choose their error class by the HTTP status; `code` is from Sahab's closed table. */
export function encodeErrorBody(error: SahabError, requestId: string): ErrorBody {
  return {
    error: {
      message: messageInWords(openaiWords, error, requestId),
      type: errorType(error.status),
      param: error.param ?? null,
      code: error.code,
      ...(error.vendorCode !== undefined && { vendor_code: error.vendorCode }),
      request_id: requestId,
    },
  };
}

export function encodeError(error: SahabError, requestId: string): EncodedError {
  return { status: error.status, body: { ...encodeErrorBody(error, requestId) } };
}

/** OpenAI's names for kinds of errors; those of permission and time follow the names in its SDKs. */
function errorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 402) return "insufficient_quota";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}
