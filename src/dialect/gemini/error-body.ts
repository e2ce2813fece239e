import type { SahabError } from "../../base/errors.ts";
import { geminiWords, messageInWords } from "../context-words.ts";
import type { EncodedError } from "../dialect.ts";
import type { JsonObject } from "../read.ts";

/**
 * Google's error object, the same in a body and in a stream. Its `code` is the status, so that Sahab's own code is in the
 * details (google.rpc.ErrorInfo), beside the field at fault and the time after which to come back.
 */
export function encodeErrorBody(error: SahabError, requestId: string): JsonObject {
  const { code, param, retryAfterS, vendorCode } = error;
  const status = statusOf(error);
  const message = messageInWords(geminiWords, error, requestId);
  const info = {
    "@type": `${types}ErrorInfo`,
    reason: code.toUpperCase(),
    domain: "sahab",
    metadata: { code, request_id: requestId, ...(vendorCode !== undefined && { vendor_code: vendorCode }) },
  };
  const details: JsonObject[] = [info];
  if (param !== undefined)
    details.push({ "@type": `${types}BadRequest`, fieldViolations: [{ field: param, description: message }] });
  if (retryAfterS !== undefined)
    details.push({ "@type": `${types}RetryInfo`, retryDelay: `${Math.ceil(retryAfterS)}s` });
  return { error: { code: status, message, status: nameOf(status), details } };
}

export function encodeError(error: SahabError, requestId: string): EncodedError {
  return { status: statusOf(error), body: encodeErrorBody(error, requestId) };
}

const types = "type.googleapis.com/google.rpc.";

/** Google's clients know 503 for what is overloaded, and nothing of 529. */
function statusOf({ status }: SahabError): number {
  return status === 529 ? 503 : status;
}

/** google.rpc.Code, with the statuses that Google documents for it, and the nearest for others. */
const names: ReadonlyMap<number, string> = new Map([
  [401, "UNAUTHENTICATED"],
  [402, "RESOURCE_EXHAUSTED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [405, "UNIMPLEMENTED"],
  [408, "DEADLINE_EXCEEDED"],
  [409, "ABORTED"],
  [429, "RESOURCE_EXHAUSTED"],
  [499, "CANCELLED"],
  [501, "UNIMPLEMENTED"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "DEADLINE_EXCEEDED"],
]);

function nameOf(status: number): string {
  return names.get(status) ?? (status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT");
}
