import { expect, test } from "bun:test";
import { errorTable, SahabError } from "../../base/errors.ts";
import { encodeError, encodeErrorBody } from "./error-body.ts";

test.each([
  ["invalid_json", "invalid_request_error"],
  ["invalid_api_key", "authentication_error"],
  ["model_not_allowed", "permission_error"],
  ["upstream_rate_limited", "rate_limit_error"],
  ["store_unavailable", "server_error"],
] as const)("encodeErrorBody %s", (code, type) => {
  const body = encodeErrorBody(new SahabError(code, "words", { param: "a.b" }), "req_1");
  expect(body).toEqual({ error: { message: "words", type, param: "a.b", code, request_id: "req_1" } });
  expect(encodeErrorBody(new SahabError(code, "words"), "req_1").error.param).toBeNull();
  expect(encodeError(new SahabError(code, "words", { vendorCode: "Throttled" }), "req_1")).toMatchObject({
    status: errorTable[code].status,
    body: { error: { vendor_code: "Throttled" } },
  });
});
