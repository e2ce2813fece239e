import { describe, expect, test } from "bun:test";
import { errorTable, SahabError } from "../../base/errors.ts";
import { decodeErrorBody, encodeError, encodeErrorBody } from "./error-body.ts";

const json = "application/json";
const decode = (status: number, body: unknown, more: { retryAfter?: string; contentType?: string } = {}) =>
  decodeErrorBody(
    { status, body: typeof body === "string" ? body : JSON.stringify(body), contentType: json, ...more },
    Date.parse("2026-01-01T00:00:00Z"),
  );

describe("decodeErrorBody", () => {
  test("rejections carry the vendor's words, param and status", () => {
    const error = decode(422, {
      error: { message: "bad temperature", type: "invalid_request_error", param: "temperature", code: null },
    });
    expect(error).toMatchObject({
      code: "upstream_rejected",
      status: 422,
      message: "bad temperature",
      param: "temperature",
    });
    expect(decode(400, { code: "InvalidParameter", message: "no such model", request_id: "r" }).message).toBe(
      "no such model",
    );
    expect(decode(404, { error: "model not found" }).message).toBe("model not found");
    expect(decode(422, { detail: [{ loc: ["body", "n"], msg: "too big" }] }).message).toBe("body.n: too big");
    expect(decode(400, [{ error: { code: 400, message: "google" } }]).message).toBe("google");
    expect(decode(400, { error: { message: "x".repeat(10_000) } }).message).toHaveLength(2000);
    expect(decode(400, { error: { message: "too many tokens", code: "context_length_exceeded" } }).code).toBe(
      "context_length_exceeded",
    );
  });

  test.each([401, 402, 403])("what vendors say about their key stays hidden (%d)", (status) => {
    const error = decode(status, { error: { message: "Incorrect API key provided: sk-secret" } });
    expect(error.code).toBe("upstream_authentication");
    expect(error.status).toBe(502);
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain("secret");
  });

  test("rate limits", () => {
    expect(decode(429, {}, { retryAfter: "7" })).toMatchObject({
      code: "upstream_rate_limited",
      status: 429,
      retryAfterS: 7,
    });
    expect(decode(429, "", { retryAfter: "Thu, 01 Jan 2026 00:00:30 GMT" }).retryAfterS).toBe(30);
    expect(decode(429, "", { retryAfter: "Wed, 31 Dec 2025 00:00:30 GMT" }).retryAfterS).toBe(0);
    expect(decode(429, "", { retryAfter: "soon" }).retryAfterS).toBeUndefined();
    expect(decode(429, "").retryAfterS).toBeUndefined();
  });

  test("the vendor's own trouble", () => {
    const error = decode(503, { error: { message: "host db-7 is down" } }, { retryAfter: "3" });
    expect(error).toMatchObject({ code: "upstream_error", status: 502, retryAfterS: 3 });
    expect(error.message).not.toContain("db-7");
  });

  test.each([400, 404, 500, 502])("a page is not echoed (%d)", (status) => {
    const error = decode(status, "<html>proxy.internal</html>", { contentType: "text/html" });
    expect(error.code).toBe("upstream_error");
    expect(error.message).not.toContain("proxy");
  });
});

test.each([
  ["invalid_json", "invalid_request_error"],
  ["invalid_api_key", "authentication_error"],
  ["model_not_allowed", "permission_error"],
  ["upstream_rate_limited", "rate_limit_error"],
  ["store_unavailable", "server_error"],
] as const)("encodeErrorBody %s", (code, type) => {
  const body = encodeErrorBody(new SahabError(code, "words", { param: "a.b" }), "req_1");
  expect(body).toEqual({ error: { message: "words", type, param: "a.b", code, request_id: "req_1" } });
  expect(encodeErrorBody(new SahabError(code, "words")).error.param).toBeNull();
  expect(encodeError(new SahabError(code, "words", { vendorCode: "Throttled" }), "req_1")).toMatchObject({
    status: errorTable[code].status,
    body: { error: { vendor_code: "Throttled" } },
  });
});
