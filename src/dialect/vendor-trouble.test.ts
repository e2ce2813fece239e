import { describe, expect, test } from "bun:test";
import { decodeErrorAnswer, decodeErrorObject } from "./vendor-error.ts";
import type { VendorErrors } from "./vendor-trouble.ts";

const errors: VendorErrors = {
  codes: { "77": "account", NO_MONEY: "account", busy: "overloaded", slow: "rate", wrong: "parameter", gone: "model" },
  statuses: { 412: "account", 418: "content" },
  messages: [{ pattern: /^too chatty/, trouble: "context" }],
};
/** As MiniMax has them. */
const numbered: VendorErrors = {
  codes: { "1000": "overloaded", "1002": "rate", "1008": "account", "1026": "content", "2013": "parameter" },
};
const decode = (status: number, body: unknown) =>
  decodeErrorAnswer({ status, body: JSON.stringify(body), contentType: "application/json", quirks: { errors } });

describe("what a vendor's own table says counts first", () => {
  test.each<[number, object, string]>([
    [429, { error: { code: 77, message: "no" } }, "upstream_authentication"],
    [403, { code: 403, reason: "NO_MONEY", message: "no" }, "upstream_authentication"],
    [429, { error: { type: "busy", message: "no" } }, "upstream_error"],
    [403, { error: { code: "slow", message: "no" } }, "upstream_rate_limited"],
    [400, { error: { code: "gone", message: "no" } }, "upstream_model_not_found"],
    [412, { error: "no" }, "upstream_authentication"],
    [418, { error: "no" }, "content_filter"],
    [400, { error: { message: "too chatty" } }, "context_length_exceeded"],
    [400, { error: { code: "wrong", message: "no" } }, "upstream_rejected"],
    // A parameter is the least that can be said.
    [400, { error: { code: "wrong", message: "maximum context length is 5" } }, "context_length_exceeded"],
    // A key that is refused is one, whatever number is beside it.
    [401, { error: { code: "slow", message: "no" } }, "upstream_authentication"],
    // Names that every object has are no codes.
    [400, { error: { code: "constructor", message: "no" } }, "upstream_rejected"],
    [400, { error: { code: "__proto__", message: "no" } }, "upstream_rejected"],
  ])("%d %j", (status, body, code) => {
    expect(decode(status, body).code as string).toBe(code);
  });

  test("without a status", () => {
    const inside = (code: number, message: string) =>
      decodeErrorObject({ base_resp: { status_code: code, status_msg: message } }, { errors: numbered });
    expect(inside(1008, "x")).toMatchObject({ code: "upstream_authentication", vendorCode: "1008" });
    expect(inside(1002, "x")).toMatchObject({ code: "upstream_rate_limited", status: 429 });
    expect(inside(2013, "tools[0] is wrong: see https://x")).toMatchObject({
      code: "upstream_rejected",
      status: 400,
      message: "tools[0] is wrong: see https://x",
    });
    expect(inside(1026, "x")).toMatchObject({ code: "content_filter", status: 400 });
    expect(inside(1000, "x")).toMatchObject({ code: "upstream_error", status: 502 });
  });
});

test("a prompt that is too long is no matter of the account, though its status is 403; its words stay here", () => {
  const error = decode(403, { error: { message: "maximum context length is 5 for account acme" } });
  expect(error).toMatchObject({ code: "context_length_exceeded", status: 400 });
  expect(error.message).not.toContain("acme");
});
