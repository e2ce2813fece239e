import { describe, expect, test } from "bun:test";
import { errorTable, SahabError, type ErrorCode } from "../../base/errors.ts";
import { decodeErrorAnswer, decodeErrorObject } from "../vendor-error.ts";
import { anthropicMessages } from "./index.ts";

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
    ["overloaded_error", 529, "overloaded_error"],
    ["timeout_error", 504, "timeout_error"],
    ["api_error", 502, "api_error"],
    ["rate_limit_error", 429, "rate_limit_error"],
    ["invalid_request_error", 400, "invalid_request_error"],
    ["request_too_large", 413, "request_too_large"],
    // The operator's matter.
    ["authentication_error", 502, "api_error"],
    ["billing_error", 502, "api_error"],
    ["permission_error", 502, "api_error"],
    // Not one of Anthropic's.
    ["server_error", 502, "api_error"],
  ])("a vendor's %s inside an answer has status %d and type %s", (vendorType, status, type) => {
    const error = decodeErrorObject({ type: "error", error: { type: vendorType, message: "no" } });
    expect(anthropicMessages.encodeError(error, "r")).toMatchObject({ status, body: { error: { type } } });
  });

  test("a type that does not fit the status of the vendor's answer is not taken over", () => {
    const body = JSON.stringify({ error: { type: "overloaded_error", message: "no" } });
    expect(anthropicMessages.encodeError(decodeErrorAnswer({ status: 401, body }), "r").status).toBe(502);
    expect(anthropicMessages.encodeError(decodeErrorAnswer({ status: 429, body }), "r").status).toBe(429);
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
