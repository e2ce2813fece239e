import { describe, expect, test } from "bun:test";
import { NoCredit, type ErrorCode } from "../base/errors.ts";
import { isAboutProofs } from "./error-topic.ts";
import { decodeErrorAnswer, decodeErrorObject } from "./vendor-error.ts";

// What vendors really say, with the statuses with which they say it.

const said = (message: string, more: object = {}) => ({
  error: { message, type: "invalid_request_error", param: null, code: null, ...more },
});
const codeOf = (status: number, body: unknown): ErrorCode =>
  decodeErrorAnswer({ status, body: JSON.stringify(body), contentType: "application/json" }).code;

const context = [
  "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
  "Requested token count exceeds the model's maximum context length of 8192 tokens.",
  "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
  "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
  "the request exceeds the available context size, try increasing it",
  "prompt is too long: 200010 tokens > 200000 maximum",
  "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
  "Input is too long for requested model.",
  "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
  "Range of input length should be [1, 30720]",
  "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  "Invalid request: Your request exceeded model token limit: 8192",
  "Total tokens of image and text exceed max message tokens",
  "Request body too large for gpt-4 model. Max size: 8000 tokens.",
  "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 1000 `max_new_tokens`",
  "too many tokens: total number of tokens in the prompt cannot exceed 4081",
  "prompt too long; exceeded max context length by 200 tokens",
  "the input length exceeds the context length",
  "input length (8043) exceeds the context length",
  "The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length, or provide a shorter input",
  "Your input exceeds the context window of this model. Please adjust your input and try again.",
  "Requested tokens (5000) exceed context window of 4096",
  "The estimated number of input and maximum output tokens (9000) exceeded this model context window limit (8192).",
  "invalid params, context window exceeds limit",
  "The prompt does not fit the context window",
];

describe("the prompt is longer than the context", () => {
  test.each(context)("%s", (message) => {
    for (const status of [400, 413, 422, 500]) expect(codeOf(status, said(message))).toBe("context_length_exceeded");
    expect(decodeErrorObject({ error: message }).code).toBe("context_length_exceeded");
  });
});

describe("the content is refused", () => {
  test.each<[number, unknown]>([
    [400, said("no", { code: "content_filter" })],
    [400, said("no", { code: "content_policy_violation" })],
    [400, { code: "DataInspectionFailed", message: "no" }],
    [400, said("no", { code: "InputTextSensitiveContentDetected" })],
    [451, said("blocked", { type: "censorship_blocked" })],
    [400, { type: "error", ...said("Output blocked by content filtering policy") }],
    [400, said("Invalid prompt: your prompt was flagged as potentially violating our usage policy.")],
    [403, { code: "No permission", error: "Content violates usage guidelines. Team: t-1, Failed check: BIO" }],
    [403, { error: { code: 403, message: 'This model requires moderation and your input was flagged for "x"' } }],
    [500, said("no", { code: "content_filter" })],
  ])("%d %j", (status, body) => {
    expect(codeOf(status, body)).toBe("content_filter");
  });

  test("without a body that says so", () => {
    expect(codeOf(451, "")).toBe("content_filter");
  });

  test("what may name the account, or a machine, is not repeated", () => {
    const team = { error: "Content violates usage guidelines. Team: t-1" };
    const machine = said("maximum context length is 10 at http://10.0.0.7:80");
    for (const [status, body] of [
      [403, team],
      [500, machine],
    ] as const) {
      const error = decodeErrorAnswer({ status, body: JSON.stringify(body), contentType: "application/json" });
      expect(error).toMatchObject({ status: 400, message: expect.stringContaining(`(status ${status})`) as string });
    }
  });
});

describe("the account, whatever the status", () => {
  test.each<[number, unknown]>([
    [400, { code: "invalid argument", error: "Incorrect API key provided: xa***ab. You can obtain one from" }],
    [400, [{ error: { code: 400, message: "API key not valid. Please pass a valid API key." } }]],
    [400, [{ error: { code: 400, message: "API key expired. Please renew the API key." } }]],
    [400, said("User location is not supported for the API use.")],
    [400, said("This organization has been disabled.")],
    [400, said("You have reached your specified API usage limits. You will regain access on 2026-01-01.")],
    [400, said("Your credit balance is too low to access the Anthropic API.")],
    [429, said("no", { code: "insufficient_quota" })],
  ])("%d %j", (status, body) => {
    expect(codeOf(status, body)).toBe("upstream_authentication");
  });
});

describe("no such model or path", () => {
  test.each<[number, unknown]>([
    [404, said("The model `x` does not exist or you do not have access to it.")],
    [404, { detail: "Not Found" }],
    [404, { message: "no Route matched with those values" }],
    [404, { error: { code: "404", message: "Resource not found" } }],
    [404, { error: { code: "DeploymentNotFound", message: "The API deployment does not exist." } }],
    [404, said("Invalid URL (POST /v1/v1/chat/completions)")],
    [404, { error: { code: 404, message: "Requested entity was not found.", status: "NOT_FOUND" } }],
    [400, said("Model Not Exist")],
    [400, { code: 20012, message: "Model does not exist. Please check it carefully." }],
    [400, said("gpt-x is not a valid model ID")],
    [400, { object: "error", message: "Invalid model: x", type: "invalid_model", code: "1500" }],
  ])("%d %j", (status, body) => {
    expect(codeOf(status, body)).toBe("upstream_model_not_found");
  });
});

describe("the caller's own mistake stays the caller's", () => {
  test.each<[number, unknown]>([
    [400, said("This model does not support tools")],
    [400, said("Tool choice is not supported by model x")],
    [400, said("The model x does not support image input")],
    [400, said("max_tokens is too large: 99999. This model supports at most 8192 completion tokens")],
    [400, said("Unknown parameter: context window size")],
    [400, said("context_window: expected a number; the context window of a model cannot be set")],
    [400, said("messages[3].tool_call_id was not found in the messages before")],
    [404, said("No such File object: file-abc", { param: "file_id" })],
    [404, said("Previous response with id 'resp_1' not found.")],
    [422, { detail: [{ loc: ["body", "n"], msg: "too big" }] }],
  ])("%d %j", (status, body) => {
    expect(codeOf(status, body)).toBe("upstream_rejected");
  });
});

test.each([408, 409, 424, 425, 498, 499])("%d is the vendor's own trouble", (status) => {
  expect(codeOf(status, said("no"))).toBe("upstream_error");
});

test("a refusal of what a model thought is told from others", () => {
  const isOverProofs = (body: unknown) => {
    const answer = { status: 400, body: JSON.stringify(body), contentType: "application/json" };
    const { code, vendorCode = "", message } = decodeErrorAnswer(answer);
    return code === "upstream_rejected" && isAboutProofs({ code: vendorCode, message });
  };
  const google = (message: string) => [{ error: { code: 400, message, status: "INVALID_ARGUMENT" } }];
  const refusals = [
    said("The encrypted content gAAA...Rg== could not be verified.", { code: "invalid_encrypted_content" }),
    {
      code: "invalid-argument",
      error: "Could not decrypt the provided encrypted_content. Ensure the value is unmodified.",
    },
    said("messages.1.content.0: Invalid `signature` in `thinking` block"),
    said("messages.3.content.0: Invalid signature in thinking block"),
    said("messages.1.content.0: Invalid `data` in `redacted_thinking` block"),
    said("messages.129.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`."),
    google("Corrupted thought signature."),
    google("Unable to submit request because Thought signature is not valid.."),
    google("Function call is missing a thought_signature in functionCall parts."),
  ];
  expect(refusals.filter((body) => !isOverProofs(body))).toEqual([]);
  const others = [
    said("max_tokens must be greater than thinking.budget_tokens"),
    said("The signature of this request has expired"),
    said("Invalid content: expected a string"),
  ];
  expect(others.filter(isOverProofs)).toEqual([]);
});

const isMoney = (status: number, body: unknown) => {
  const error = decodeErrorAnswer({ status, body: JSON.stringify(body), contentType: "application/json" });
  return [error.code, error.cause instanceof NoCredit];
};

test.each([
  ["OpenAI", 429, said("You exceeded your current quota, please check your plan.", { code: "insufficient_quota" })],
  ["Anthropic", 400, said("Your credit balance is too low to access the Anthropic API.")],
  ["Anthropic's limit", 400, said("You have reached your specified API usage limits.")],
  ["DeepSeek", 402, said("Insufficient Balance")],
  ["OpenRouter", 402, said("This request requires more credits")],
  [
    "DashScope",
    400,
    { code: "Arrearage", message: "Access denied, please make sure your account is in good standing." },
  ],
  ["Zhipu", 429, said("账户已欠费，请充值后重试", { code: "1113" })],
  ["Moonshot", 429, said("Your account is suspended", { type: "exceeded_current_quota_error" })],
  [
    "Ark",
    403,
    said("The request failed because your account has an overdue balance.", { code: "AccountOverdueError" }),
  ],
])("a refusal over money is told from one over the key: %s", (_vendor, status, body) => {
  expect(isMoney(status, body)).toEqual(["upstream_authentication", true]);
});

test.each([
  ["OpenAI", 401, said("Incorrect API key provided: sk-…", { code: "invalid_api_key" })],
  ["OpenAI's scopes", 403, said("You have insufficient permissions for this operation. Missing scopes: model.request")],
  ["Anthropic", 401, { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } }],
  [
    "Google",
    400,
    { error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" } },
  ],
  ["DashScope", 401, { code: "InvalidApiKey", message: "Invalid API-key provided." }],
])("a refusal over the key is none over money: %s", (_vendor, status, body) => {
  expect(isMoney(status, body)).toEqual(["upstream_authentication", false]);
});
