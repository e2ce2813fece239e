import { describe, expect, test } from "bun:test";
import { errorTable, SahabError, type ErrorCode } from "../../base/errors.ts";
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
