import type { SahabError } from "../base/errors.ts";
import { encodeErrorBody } from "../dialect/openai-chat/index.ts";
import type { Exchange } from "./exchange.ts";

export const jsonType = "application/json";
export const eventStreamType = "text/event-stream; charset=utf-8";

/** An error in the caller's dialect. */
export function errorResponse(error: SahabError, requestId: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(encodeErrorBody(error, requestId)), {
    status: error.status,
    headers: {
      "content-type": jsonType,
      "x-request-id": requestId,
      ...headers,
      ...(error.retryAfterS === undefined ? {} : { "retry-after": String(Math.ceil(error.retryAfterS)) }),
    },
  });
}

/** The headers of every answer: which request it is, and who served it where that is known. */
export function answerHeaders(exchange: Exchange, contentType: string): Record<string, string> {
  const headers: Record<string, string> = { "content-type": contentType, "x-request-id": exchange.id };
  if (exchange.attempts > 0) {
    headers["x-sahab-provider"] = exchange.provider;
    headers["x-sahab-model"] = exchange.targetModel;
    headers["x-sahab-attempts"] = String(exchange.attempts);
  }
  return headers;
}
