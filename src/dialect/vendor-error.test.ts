import { describe, expect, test } from "bun:test";
import { decodeErrorAnswer, decodeErrorObject } from "./vendor-error.ts";

const json = "application/json";
const decode = (status: number, body: unknown, more: { retryAfter?: string; contentType?: string } = {}) =>
  decodeErrorAnswer(
    { status, body: typeof body === "string" ? body : JSON.stringify(body), contentType: json, ...more },
    Date.parse("2026-01-01T00:00:00Z"),
  );
const problem = (type: string, message: string, more: object = {}) => ({
  type: "error",
  error: { type, message, ...more },
  request_id: "req_011",
});

describe("errors in OpenAI's shape, and those of its kin", () => {
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
    expect(decode(400, { code: "InvalidParameter", message: "no such field", request_id: "r" }).message).toBe(
      "no such field",
    );
    expect(decode(404, { error: "no response resp_1" })).toMatchObject({ status: 404, message: "no response resp_1" });
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
    expect(decode(429, "", { retryAfter: "86400" }).retryAfterS).toBe(120);
    expect(decode(429, "", { retryAfter: "0.5" }).retryAfterS).toBe(0.5);
    expect(decode(429, "", { retryAfter: "-5" }).retryAfterS ?? 0).toBe(0);
    for (const retryAfter of ["soon", "2, 3", "7s", "5 minutes", "+5", "1e3", "0x10", "5;", "99/99/99"])
      expect(decode(429, "", { retryAfter }).retryAfterS).toBeUndefined();
    expect(decode(429, "").retryAfterS).toBeUndefined();
  });

  test("the vendor's own trouble", () => {
    const error = decode(503, { error: { message: "host db-7 is down" } }, { retryAfter: "3" });
    expect(error).toMatchObject({ code: "upstream_error", status: 502, retryAfterS: 3 });
    expect(error.message).not.toContain("db-7");
  });

  test.each([
    [404, { error: { message: "The model `qwen-9` does not exist.", type: "NotFoundError", code: 404 } }],
    [404, { error: 'model "qwen-9" not found, try pulling it first' }],
    [404, { code: "ModelNotFound", message: "no" }],
    [404, { detail: "Not Found: /v1/v1 is no endpoint" }],
    [404, "404 page not found"],
    [
      404,
      {
        error: { message: "POST /x/v1/chat/completions is not served here; OpenAI clients take …", code: "not_found" },
      },
    ],
    [404, { error: { message: "no such path" } }],
  ])("a model or path that the vendor does not have is the operator's matter: %d %j", (status, body) =>
    expect(decode(status, body)).toMatchObject({ code: "upstream_model_not_found", status: 502 }),
  );

  test.each([
    [400, { code: "Arrearage", message: "Access denied" }],
    [400, problem("invalid_request_error", "Your credit balance is too low to access the Anthropic API.")],
    [
      429,
      { error: { message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" } },
    ],
    [429, { error: { message: "x", type: "exceeded_current_quota_error" } }],
    [400, { error: { message: "Insufficient Balance", type: "unknown_error" } }],
  ])("no money is the operator's matter, whatever the status: %d %j", (status, body) =>
    expect(decode(status, body)).toMatchObject({ code: "upstream_authentication", status: 502 }),
  );

  test.each([
    "all workers are busy (9/8)",
    "The engine is currently overloaded, please try again later",
    "Internal server error",
  ])("what says nothing of the vendor's inside is told: %s", (message) =>
    expect(decode(500, { error: { message } }).message).toContain(message),
  );

  test.each([
    "dial tcp 10.0.3.7:8080: connection refused",
    "worker-17 died",
    "CUDA out of memory on gpu 3",
    "cannot open /srv/models/x.bin",
    "see https://status.internal.example/incident",
    "pod qwen-7f9c in eu-west.svc.cluster.local",
    "key sk-abcdefgh rejected",
    "Traceback (most recent call last)",
    `x${"y".repeat(400)}`,
    "two\nlines",
  ])("what does is not: %s", (message) =>
    expect(decode(500, { error: { message } }).message).not.toContain(message.slice(0, 12)),
  );

  test.each([400, 500, 502])("a page is not echoed (%d)", (status) => {
    const error = decode(status, "<html>proxy.internal</html>", { contentType: "text/html" });
    expect(error.code).toBe("upstream_error");
    expect(error.message).not.toContain("proxy");
  });
});

describe("errors in Anthropic's shape", () => {
  test("rejections have the vendor's words", () => {
    expect(decode(400, problem("invalid_request_error", "max_tokens: Field required"))).toMatchObject({
      code: "upstream_rejected",
      status: 400,
      message: "max_tokens: Field required",
      vendorCode: "invalid_request_error",
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
    for (const words of [
      "prompt is too long: 209000 tokens > 200000 maximum",
      "This model's maximum context length is 10 tokens. However, you requested 12 tokens",
      "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
      "input is too long for requested model",
    ])
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

describe("an error object without a status", () => {
  test.each<[object, string, string | undefined]>([
    [{ error: { code: 400, message: "no" } }, "upstream_rejected", undefined],
    [{ error: { code: "429", message: "no" } }, "upstream_rate_limited", undefined],
    [{ error: { type: "invalid_request_error", message: "no" } }, "upstream_rejected", "invalid_request_error"],
    // OpenAI's type of a bad key is that of any bad request.
    [
      { error: { type: "invalid_request_error", code: "invalid_api_key", message: "no" } },
      "upstream_authentication",
      "invalid_api_key",
    ],
    [
      { error: { type: "tokens", code: "rate_limit_exceeded", message: "no" } },
      "upstream_rate_limited",
      "rate_limit_exceeded",
    ],
    [{ code: "Throttling.RateQuota", message: "no" }, "upstream_rate_limited", "Throttling.RateQuota"],
    [{ code: "Arrearage", message: "no" }, "upstream_authentication", "Arrearage"],
    [{ code: "DataInspectionFailed", message: "no" }, "content_filter", "DataInspectionFailed"],
    [problem("not_found_error", "model: x"), "upstream_model_not_found", "not_found_error"],
    [problem("request_too_large", "no"), "upstream_rejected", "request_too_large"],
    [problem("authentication_error", "no"), "upstream_authentication", "authentication_error"],
    [problem("billing_error", "no"), "upstream_authentication", "billing_error"],
    [problem("permission_error", "no"), "upstream_authentication", "permission_error"],
    [problem("rate_limit_error", "no"), "upstream_rate_limited", "rate_limit_error"],
    [problem("timeout_error", "no"), "upstream_error", "timeout_error"],
    [problem("overloaded_error", "no"), "upstream_error", "overloaded_error"],
    [problem("api_error", "no"), "upstream_error", "api_error"],
    [{ error: { message: "no" } }, "upstream_error", undefined],
    [{}, "upstream_error", undefined],
  ])("%j", (value, code, vendorCode) => {
    const error = decodeErrorObject(value);
    expect([error.code as string, error.vendorCode]).toEqual([code, vendorCode]);
  });
});
