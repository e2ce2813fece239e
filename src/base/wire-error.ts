import { SahabError, type ErrorCode } from "./errors.ts";

/** A SahabError as it is sent between processes or threads. */
export interface WireError {
  code: ErrorCode;
  message: string;
  param?: string;
  retryAfterS?: number;
}

export function encodeError(error: SahabError): WireError {
  return {
    code: error.code,
    message: error.message,
    ...(error.param !== undefined && { param: error.param }),
    ...(error.retryAfterS !== undefined && { retryAfterS: error.retryAfterS }),
  };
}

export function decodeError(wire: WireError): SahabError {
  return new SahabError(wire.code, wire.message, { param: wire.param, retryAfterS: wire.retryAfterS });
}
