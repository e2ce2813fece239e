import { describe, expect, test } from "bun:test";
import { errorTable, SahabError, type ErrorCode } from "../../base/errors.ts";
import { decodeErrorBody } from "./error-body.ts";
import { anthropicMessages } from "./index.ts";

const decode = (status: number, body: unknown, more: { retryAfter?: string; contentType?: string } = {}) =>
  decodeErrorBody(
    { status, body: typeof body === "string" ? body : JSON.stringify(body), contentType: "application/json", ...more },
    Date.parse("2026-01-01T00:00:00Z"),
  );
const problem = (type: string, message: string, more: object = {}) => ({
  type: "error",
  error: { type, message, ...more },
  request_id: "req_011",
});

describe("a vendor's errors", () => {
  test("rejections have the vendor's words", () => {
    expect(decode(400, problem("invalid_request_error", "max_tokens: Field required"))).toMatchObject({
      code: "upstream_rejected",
      status: 400,
      message: "max_tokens: Field required",
      vendorCode: "invalid_request_error",
    });
    expect(decode(404, problem("not_found_error", "model: claude-9"))).toMatchObject({
      code: "upstream_rejected",
      status: 404,
    });
    expect(decode(413, problem("request_too_large", "Request exceeds the maximum size"))).toMatchObject({
      status: 413,
    });
    expect(
      decode(400, problem("invalid_request_error", "no", { details: { error_code: "image_dimensions_too_large" } })),
    ).toMatchObject({
      vendorCode: "image_dimensions_too_large",
    });
    expect(decode(400, { error: { message: "compatible", type: "x", param: "temperature" } })).toMatchObject({
      message: "compatible",
      param: "temperature",
    });
    expect(decode(422, { message: "bare" }).message).toBe("bare");
  });

  test("a prompt that is too long", () => {
    const words = "prompt is too long: 209000 tokens > 200000 maximum";
    expect(decode(400, problem("invalid_request_error", words)).code).toBe("context_length_exceeded");
  });

  test.each([401, 402, 403])("what vendors say about their key stays hidden (%d)", (status) => {
    const error = decode(status, problem("authentication_error", "invalid x-api-key sk-ant-secret"));
    expect(error).toMatchObject({ code: "upstream_authentication", status: 502 });
    expect(JSON.stringify([error.message, error.logMessage, String(error.cause)])).not.toContain("secret");
  });

  test("rate limits and overload", () => {
    const body = problem("rate_limit_error", "This request would exceed your organization's rate limit");
    expect(decode(429, body, { retryAfter: "7" })).toMatchObject({
      code: "upstream_rate_limited",
      status: 429,
      retryAfterS: 7,
    });
    const overloaded = decode(529, problem("overloaded_error", "Overloaded"), { retryAfter: "3" });
    expect(overloaded).toMatchObject({ code: "upstream_error", vendorCode: "overloaded_error", retryAfterS: 3 });
    expect(decode(500, problem("api_error", "host db-7 is down")).message).not.toContain("db-7");
  });

  test.each([400, 500, 529])("a page is not echoed (%d)", (status) => {
    const error = decode(status, "<html>secret</html>", { contentType: "text/html" });
    expect(error).toMatchObject({ code: "upstream_error", status: 502 });
    expect(error.message).not.toContain("secret");
  });

  test.each(["", "null", "[]", "5", "{}", '{"error":null}', '{"type":"error"}'])(
    "a body that says nothing: %s",
    (body) => {
      expect(decode(500, body).code).toBe("upstream_error");
      expect(decode(400, body).code).toBe("upstream_error");
    },
  );
});

describe("our errors", () => {
  test("the shape", () => {
    const error = new SahabError("invalid_request", "no", { param: "messages[0]", vendorCode: "x" });
    expect(anthropicMessages.encodeError(error, "req_1")).toEqual({
      status: 400,
      body: {
        type: "error",
        error: {
          type: "invalid_request_error",
          message: "no",
          code: "invalid_request",
          param: "messages[0]",
          vendor_code: "x",
        },
        request_id: "req_1",
      },
    });
  });

  test("overloaded is 529 here", () => {
    expect(anthropicMessages.encodeError(new SahabError("overloaded", "no"), "r")).toMatchObject({
      status: 529,
      body: { error: { type: "overloaded_error", code: "overloaded" } },
    });
  });

  test.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [402, "billing_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [405, "invalid_request_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [502, "api_error"],
    [503, "api_error"],
    [504, "timeout_error"],
  ])("status %d has the type %s", (status, type) => {
    const { body } = anthropicMessages.encodeError(new SahabError("internal_error", "no", { status }), "r");
    expect(body).toMatchObject({ error: { type } });
  });

  test("every code is encoded", () => {
    for (const code of Object.keys(errorTable) as ErrorCode[])
      expect(anthropicMessages.encodeError(new SahabError(code, "no"), "r").body).toMatchObject({ error: { code } });
  });
});
