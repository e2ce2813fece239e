import { expect, test } from "bun:test";
import { SahabError, type ErrorCode } from "../../base/errors.ts";
import { encodeFailedStream } from "./failed-stream.ts";

const codex = { originator: "codex_cli_rs", accept: "text/event-stream" };

function told(code: ErrorCode, retryAfterS?: number, headers: Record<string, string> = codex): string | undefined {
  const error = new SahabError(code, "It is so", { retryAfterS });
  return encodeFailedStream(error, { requestId: "req_1", model: "m", headers: new Headers(headers) });
}

test("a prompt that is too long", () => {
  const stream = told("context_length_exceeded") ?? "";
  expect(stream.match(/^event: .*/gm)).toEqual(["event: response.created", "event: response.failed"]);
  expect(stream).toContain('"error":{"code":"context_length_exceeded","message":"It is so"}');
});

test.each(["rate_limit_exceeded", "upstream_rate_limited"] as const)("%s says when to come back", (code) => {
  expect(told(code, 6.2)).toContain('"code":"rate_limit_exceeded","message":"It is so. Please try again in 7s."');
  // It would wait in silence for so long.
  expect(told(code, 3_600)).toBe(undefined);
});

test("other errors and other clients get a status", () => {
  for (const code of ["invalid_request", "overloaded", "model_not_found"] as const) expect(told(code)).toBe(undefined);
  expect(told("context_length_exceeded", undefined, { accept: "text/event-stream" })).toBe(undefined);
  expect(told("context_length_exceeded", undefined, { ...codex, accept: "application/json" })).toBe(undefined);
});
