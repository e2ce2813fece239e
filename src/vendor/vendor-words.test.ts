import { expect, test } from "bun:test";
import { NoCredit, type ErrorCode } from "../base/errors.ts";
import { decodeErrorAnswer, decodeErrorObject } from "../dialect/vendor-error.ts";
import { vendors, type vendorNames } from "./registry.ts";

// How the large vendors say what went wrong, by their documents and by what programs have reported of them. Each is told by its
// status, and inside an answer of status 200 or a stream, where there is none.

type VendorName = (typeof vendorNames)[number];

const rate = "upstream_rate_limited";
const overloaded = "upstream_error";
const account = "upstream_authentication";
const money = "money";
const model = "upstream_model_not_found";

const ark = (code: string, message: string, type: string) => ({ error: { code, message, param: "", type } });
const tooMany = (code: string, message: string) => ark(code, message, "TooManyRequests");
const dashscope = (code: string, message: string) => ({ code, message, request_id: "r-1" });
const compatible = (code: string, message: string) => ({ error: { message, type: code, param: null, code } });
const team = "16f2151a-40f4-4a80-8ad0-cae00c27e8dd";
const spent = `Your team ${team} has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit.`;

const cases: readonly [VendorName, number, object, ErrorCode | typeof money][] = [
  ["xai", 429, { code: "Some resource has been exhausted", error: spent }, money],
  ["xai", 403, { code: "permission-denied", error: spent }, money],
  ["xai", 403, { code: "No permission", error: "Your newly created team doesn't have any credits yet." }, money],
  ["xai", 403, { code: "x", error: "You have run out of credits or need a Grok subscription." }, money],
  ["xai", 429, { code: "Some resource has been exhausted", error: `Too many requests for team ${team}` }, rate],
  ["xai", 400, { code: "invalid-argument", error: "Model not found: grok-99" }, model],
  ["compatible", 429, { code: "Some resource has been exhausted", error: spent }, money],

  ["bytedance", 429, tooMany("ServerOverloaded", "The service is currently unable to handle requests"), overloaded],
  ["bytedance", 429, tooMany("ModelLoadingError", "The model is currently being loaded"), overloaded],
  ["bytedance", 429, tooMany("RateLimitExceeded.EndpointTPMExceeded", "The Tokens Per Minute (TPM) limit …"), rate],
  ["bytedance", 429, tooMany("ModelAccountRpmRateLimitExceeded", "The RPM limit of the model …"), rate],
  ["bytedance", 429, tooMany("RequestBurstTooFast", "The request rate has risen too fast"), rate],
  ["bytedance", 429, tooMany("InflightBatchsizeExceeded", "Too many requests in flight"), rate],
  ["bytedance", 429, tooMany("QuotaExceeded", "Your account 21 has exhausted its free trial quota for x"), money],
  ["bytedance", 429, tooMany("SetLimitExceeded", "Your account 21 has reached the set inference limit"), money],
  ["bytedance", 403, ark("AccountOverdueError", "Your account has an overdue balance", "Forbidden"), money],
  ["bytedance", 403, ark("OperationDenied.ServiceOverdue", "The service is overdue", "Forbidden"), money],
  ["bytedance", 403, ark("OperationDenied.ServiceNotOpen", "The service is not open", "Forbidden"), account],
  ["bytedance", 401, ark("AuthenticationError", "The API key in the request is missing", "Unauthorized"), account],
  ["bytedance", 404, ark("InvalidEndpointOrModel.NotFound", "The endpoint ep-1 does not exist", "NotFound"), model],
  ["bytedance", 404, ark("ModelNotOpen", "Your account 21 has not activated x", "NotFound"), model],
  ["bytedance", 400, ark("InvalidEndpoint.ClosedEndpoint", "The endpoint is closed", "BadRequest"), model],
  ["bytedance", 400, ark("OutofContextError", "The request is too long", "BadRequest"), "context_length_exceeded"],
  ["bytedance", 400, ark("InputTextRiskDetection", "The input text is risky", "BadRequest"), "content_filter"],
  ["bytedance", 400, ark("OutputImageSensitiveContentDetected", "no", "BadRequest"), "content_filter"],
  ["bytedance", 400, ark("MissingParameter", "messages is missing", "BadRequest"), "upstream_rejected"],
  ["bytedance", 400, ark("InvalidParameter.UnsupportedImageFormat", "no", "BadRequest"), "upstream_rejected"],

  ["alibaba", 429, compatible("insufficient_quota", "Allocated quota exceeded, please increase your quota."), rate],
  ["alibaba", 429, compatible("insufficient_quota", "You exceeded your current quota, please check your plan."), rate],
  ["alibaba", 429, dashscope("Throttling.AllocationQuota", "Allocated quota exceeded, please increase …"), rate],
  ["alibaba", 429, compatible("limit_requests", "You exceeded your current requests list."), rate],
  ["alibaba", 429, dashscope("LimitRequests", "Requests rate limit exceeded, please try again later."), rate],
  ["alibaba", 429, compatible("limit_burst_rate", "Request rate increased too quickly."), rate],
  ["alibaba", 429, dashscope("Throttling.RateQuota", "Requests rate limit exceeded."), rate],
  ["alibaba", 429, dashscope("Throttling.AllocationQuota", "Free allocated quota exceeded."), money],
  ["alibaba", 429, compatible("insufficient_quota", "Free allocated quota exceeded."), money],
  ["alibaba", 403, dashscope("AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted."), money],
  ["alibaba", 400, dashscope("Arrearage", "Access denied, please make sure your account is in good standing."), money],
  ["alibaba", 429, dashscope("PrepaidBillOverdue", "The prepaid bill is overdue."), money],
  ["alibaba", 429, dashscope("PostpaidBillOverdue", "The postpaid bill is overdue."), money],
  ["alibaba", 429, dashscope("CommodityNotPurchased", "Commodity has not purchased yet."), account],
  ["alibaba", 429, dashscope("BudgetLimitExceeded", "The budget limit is exceeded."), money],
  ["alibaba", 403, dashscope("Model.AccessDenied", "Model access denied."), account],
  ["alibaba", 401, dashscope("InvalidApiKey", "Invalid API-key provided."), account],
  ["alibaba", 404, compatible("model_not_found", "The model `x` does not exist."), model],
  ["alibaba", 400, dashscope("InvalidParameter", "Range of input length should be [1, 6]"), "context_length_exceeded"],
  ["alibaba", 400, compatible("data_inspection_failed", "Input may be inappropriate."), "content_filter"],
  ["alibaba", 400, compatible("invalid_parameter_error", "n must be 1"), "upstream_rejected"],
  ["alibaba", 503, dashscope("ModelUnavailable", "Model is unavailable, please try again later."), overloaded],

  ["deepseek", 402, compatible("invalid_request_error", "Insufficient Balance"), money],
  ["deepseek", 429, compatible("rate_limit_reached_error", "Too many requests"), rate],
  ["openai", 429, compatible("insufficient_quota", "You exceeded your current quota"), money],
  ["openai", 429, compatible("rate_limit_exceeded", "Rate limit reached for gpt-5"), rate],
];

test.each(cases)("%s, %d: %j is %s", (vendor, status, body, expected) => {
  const { quirks } = vendors[vendor];
  const answer = { status, body: JSON.stringify(body), contentType: "application/json" };
  for (const error of [
    decodeErrorAnswer({ ...answer, ...(quirks && { quirks }) }),
    // Without a status, a few words are all that there is.
    ...(expected === account && status === 403 ? [] : [decodeErrorObject(body, quirks)]),
  ]) {
    const isMoney = error.cause instanceof NoCredit;
    expect<string>(isMoney ? money : error.code).toBe(expected);
    expect(isMoney ? error.code : account).toBe(account);
    if (expected === money || expected === rate) expect(error.message).not.toContain(team);
  }
});
