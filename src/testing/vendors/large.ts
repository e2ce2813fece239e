import { must, type Json } from "../wire/json.ts";
import { plain, said, type VendorFacts } from "./vendor-facts.ts";

const ark = (status: number, type: string, code: string, message: string) =>
  plain(status, { error: { code, message, param: "", type } });
/** DashScope's OpenAI-style API. */
const qwen = (status: number, code: string, message: string) =>
  plain(status, { error: { message, type: code, param: null, code }, request_id: "r" });
/** xAI's errors have two texts. */
const grok = (status: number, code: string, error: string) => plain(status, { code, error });
/** Google's are in a list where a call has OpenAI's form. */
const google = (code: number, status: string, message: string) =>
  plain(code, [{ error: { code, message, status } }] as unknown as Json);
const azure = (status: number, code: string, message: string) => plain(status, { error: { code, message } });
const deepseek = (status: number, type: string, message: string) =>
  said(status, message, { type, code: "invalid_request_error" });
const cohere = (status: number, message: string) => plain(status, { id: "e-1", message });
const anthropic = (status: number, type: string, message: string) =>
  plain(status, { type: "error", error: { type, message }, request_id: "r" });

const efforts = { high: { reasoning_effort: "high" }, budget: { reasoning_effort: "medium" } };
const switched = (more: Json = {}) => ({
  high: { thinking: { type: "enabled" }, ...more },
  off: { thinking: { type: "disabled" } },
});
const team = "16f2151a-40f4-4a80-8ad0-cae00c27e8dd";

/** The large vendors' APIs of OpenAI's form, by their documents of November 2026 and by errors that programs have reported. */
export const largeVendors: readonly VendorFacts[] = [
  {
    vendor: "alibaba",
    chat: "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
    messages: "https://dashscope.aliyuncs.com/apps/anthropic/v1/messages",
    regions: {
      cn: "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
      intl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
      us: "https://dashscope-us.aliyuncs.com/compatible-mode/v1/chat/completions",
    },
    refuses: ["reasoning_effort", "thinking", "reasoning"],
    demands({ body }) {
      const isStreamOnly = /-thinking/.test(String(body["model"]));
      must(!isStreamOnly || body["stream"] === true, "This model only support stream mode, please enable the stream");
    },
    thinking: [
      {
        model: "qwen-plus",
        high: { enable_thinking: true, thinking_budget: 16_384 },
        budget: { enable_thinking: true, thinking_budget: 4096 },
        off: { enable_thinking: false },
      },
      { model: "qwen3-30b-a3b-thinking-2507" },
    ],
    reasoning: "reasoning_content",
    usage: "own event",
    errors: {
      key: qwen(401, "invalid_api_key", "Incorrect API key provided."),
      money: qwen(400, "Arrearage", "Access denied, please make sure your account is in good standing."),
      rate: qwen(429, "insufficient_quota", "Allocated quota exceeded, please increase your quota limit."),
      overloaded: qwen(503, "ModelUnavailable", "Model is unavailable, please try again later."),
      parameter: qwen(400, "invalid_parameter_error", "<400> InternalError.Algo.InvalidParameter: n is wrong"),
      model: qwen(404, "model_not_found", "The model `x` does not exist or you do not have access to it."),
      context: qwen(400, "invalid_parameter_error", "Range of input length should be [1, 129024]"),
      content: qwen(400, "data_inspection_failed", "Input data may contain inappropriate content."),
    },
  },
  {
    vendor: "bytedance",
    chat: "https://ark.cn-beijing.volces.com/api/v3/chat/completions",
    messages: "https://ark.cn-beijing.volces.com/api/compatible/v1/messages",
    regions: {
      cn: "https://ark.cn-beijing.volces.com/api/v3/chat/completions",
      intl: "https://ark.ap-southeast.bytepluses.com/api/v3/chat/completions",
    },
    // Beside max_completion_tokens it is an error.
    refuses: ["max_tokens", "enable_thinking", "reasoning"],
    thinking: [
      {
        model: "doubao-seed-2-0-pro",
        ...switched({ reasoning_effort: "high" }),
        budget: { thinking: { type: "enabled" }, reasoning_effort: "medium" },
      },
    ],
    reasoning: "reasoning_content",
    usage: "own event",
    errors: {
      key: ark(401, "Unauthorized", "AuthenticationError", "The API key in the request is missing or invalid."),
      money: ark(403, "Forbidden", "AccountOverdueError", "Your account 2100 has an overdue balance."),
      rate: ark(429, "TooManyRequests", "ModelAccountTpmRateLimitExceeded", "The TPM limit has been exceeded."),
      overloaded: ark(429, "TooManyRequests", "ServerOverloaded", "The service is unable to handle more requests."),
      parameter: ark(400, "BadRequest", "InvalidParameter", "The parameter `n` is not valid."),
      model: ark(404, "NotFound", "InvalidEndpointOrModel.NotFound", "The model or endpoint x does not exist."),
      context: ark(400, "BadRequest", "OutofContextError", "The input is longer than the model takes."),
      content: ark(400, "BadRequest", "InputTextRiskDetection", "The input text may be risky."),
    },
  },
  {
    vendor: "deepseek",
    chat: "https://api.deepseek.com/chat/completions",
    messages: "https://api.deepseek.com/anthropic/v1/messages",
    demandsReasoning: true,
    demands({ body }) {
      must(/^[\w-]{1,512}$/.test(String(body["user_id"])), `user_id: ${String(body["user_id"])}`);
    },
    thinking: [
      {
        model: "deepseek-v4-pro",
        ...switched({ reasoning_effort: "high" }),
        budget: { thinking: { type: "enabled" }, reasoning_effort: "high" },
      },
    ],
    reasoning: "reasoning_content",
    usage: "last chunk",
    usageFields: { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 56 },
    errors: {
      key: deepseek(401, "authentication_error", "Authentication Fails (no such user)"),
      money: deepseek(402, "unknown_error", "Insufficient Balance"),
      rate: deepseek(429, "rate_limit_error", "You are sending requests too quickly."),
      overloaded: deepseek(503, "service_unavailable_error", "Service is too busy."),
      parameter: deepseek(422, "invalid_request_error", "Failed to deserialize the JSON body into the target type"),
      model: deepseek(400, "invalid_request_error", "Model Not Exist"),
      context: deepseek(400, "invalid_request_error", "This model's maximum context length is 1048576 tokens."),
      content: deepseek(400, "invalid_request_error", "Content Exists Risk"),
    },
  },
  {
    vendor: "openai",
    chat: "https://api.openai.com/v1/chat/completions",
    base: "https://api.openai.com/v1",
    // Its reasoning models refuse the older name.
    refuses: ["max_tokens", "thinking", "enable_thinking", "reasoning"],
    refusesInTurn: ["reasoning_content", "reasoning", "reasoning_details"],
    thinking: [{ model: "gpt-5.2", ...efforts }],
    reasoning: "hidden",
    usage: "own event",
    errors: {
      key: said(401, "Incorrect API key provided: sk-abc.", { code: "invalid_api_key" }),
      money: said(429, "You exceeded your current quota, please check your plan and billing details.", {
        type: "insufficient_quota",
        code: "insufficient_quota",
      }),
      rate: said(429, "Rate limit reached for gpt-5.2 in organization org-x on tokens per min (TPM)", {
        type: "tokens",
        code: "rate_limit_exceeded",
      }),
      overloaded: said(503, "The server is currently overloaded with other requests.", { type: "server_error" }),
      parameter: said(400, "Unsupported parameter: 'x' is not supported with this model.", { param: "x" }),
      model: said(404, "The model `x` does not exist or you do not have access to it.", { code: "model_not_found" }),
      context: said(400, "This model's maximum context length is 128000 tokens.", { code: "context_length_exceeded" }),
      content: said(400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy.", {
        code: "invalid_prompt",
      }),
    },
  },
  {
    vendor: "xai",
    chat: "https://api.x.ai/v1/chat/completions",
    base: "https://api.x.ai/v1",
    refuses: ["thinking", "enable_thinking", "reasoning"],
    demands({ headers, body }) {
      const conversation = headers.get("x-grok-conv-id") ?? "";
      must(/^[0-9a-f]{32}$/.test(conversation), `x-grok-conv-id: ${conversation}`);
      const takesEffort = body["model"] === "grok-4.3";
      must(takesEffort || !("reasoning_effort" in body), "Argument not supported on this model: reasoningEffort");
    },
    thinking: [
      { model: "grok-4.3", ...efforts },
      { model: "grok-4", high: {}, budget: {}, off: {} },
    ],
    reasoning: "reasoning_content",
    usage: "last chunk",
    cost: { fields: { cost_in_usd_ticks: 4_200_000 }, dollars: "0.00042" },
    errors: {
      key: grok(400, "Client specified an invalid argument", "Incorrect API key provided: xa***ab."),
      money: grok(
        429,
        "Some resource has been exhausted",
        `Your team ${team} has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit.`,
      ),
      rate: grok(429, "Some resource has been exhausted", "Too many requests for model grok-4.3"),
      overloaded: grok(503, "The service is currently unavailable", "The model is at capacity."),
      parameter: grok(400, "Client specified an invalid argument", "Invalid request content: n must be 1"),
      model: grok(400, "invalid-argument", "Model not found: grok-99"),
      context: grok(
        400,
        "Client specified an invalid argument",
        "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
      ),
      content: grok(403, "No permission", `Content violates usage guidelines. Team: ${team}, Failed check: BIO`),
    },
  },
  {
    vendor: "anthropic",
    // Its OpenAI-style API, beside its own.
    chat: "https://api.anthropic.com/v1/chat/completions",
    messages: "https://api.anthropic.com/v1/messages",
    chatKey: "x-api-key",
    thinking: [{ model: "claude-sonnet-4-5" }],
    reasoning: "hidden",
    usage: "own event",
    requestIdHeader: "request-id",
    errors: {},
    messagesErrors: {
      key: anthropic(401, "authentication_error", "invalid x-api-key"),
      money: anthropic(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
      rate: anthropic(429, "rate_limit_error", "This request would exceed the rate limit for your organization"),
      overloaded: anthropic(529, "overloaded_error", "Overloaded"),
      parameter: anthropic(400, "invalid_request_error", "messages.0.content.0.type: Field required"),
      model: anthropic(404, "not_found_error", "model: claude-x"),
      context: anthropic(400, "invalid_request_error", "prompt is too long: 209000 tokens > 200000 maximum"),
      content: anthropic(400, "invalid_request_error", "Output blocked by content filtering policy"),
    },
  },
  {
    vendor: "google",
    chat: "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
    refuses: ["thinking", "enable_thinking", "reasoning"],
    thinking: [{ model: "gemini-3-pro", ...efforts }],
    reasoning: "hidden",
    usage: "last chunk",
    errors: {
      key: google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
      rate: google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing."),
      overloaded: google(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
      parameter: google(400, "INVALID_ARGUMENT", "Invalid value at 'n'"),
      model: google(404, "NOT_FOUND", "models/x is not found for API version v1main"),
      context: google(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      ),
    },
  },
  {
    vendor: "azure-openai",
    chat: "https://mine.openai.azure.com/openai/v1/chat/completions",
    base: "https://mine.openai.azure.com",
    chatKey: "api-key",
    refuses: ["max_tokens", "thinking", "enable_thinking", "reasoning"],
    thinking: [{ model: "my-deployment", ...efforts }],
    reasoning: "hidden",
    usage: "own event",
    requestIdHeader: "apim-request-id",
    errors: {
      key: azure(401, "401", "Access denied due to invalid subscription key or wrong API endpoint."),
      rate: azure(429, "429", "Requests to the ChatCompletions_Create Operation have exceeded the token rate limit."),
      overloaded: azure(503, "ServiceUnavailable", "The service is temporarily unable to process your request."),
      model: azure(404, "DeploymentNotFound", "The API deployment for this resource does not exist."),
      content: said(400, "The response was filtered due to the prompt triggering the content management policy.", {
        param: "prompt",
        code: "content_filter",
        status: 400,
      }),
    },
  },
  {
    vendor: "bedrock",
    chat: "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/chat/completions",
    base: "https://bedrock-runtime.us-west-2.amazonaws.com",
    refuses: ["thinking", "enable_thinking", "reasoning"],
    thinking: [{ model: "openai.gpt-oss-120b-1:0", ...efforts }],
    reasoning: "reasoning",
    usage: "own event",
    requestIdHeader: "x-amzn-requestid",
    errors: {
      key: plain(403, { Message: "Authentication failed: API Key is invalid." }),
      rate: plain(429, { message: "Too many tokens, please wait before trying again." }),
      overloaded: plain(503, { message: "Bedrock is unable to process your request." }),
      context: plain(400, { message: "Input is too long for requested model." }),
    },
  },
  {
    vendor: "vertex",
    chat: "https://us-central1-aiplatform.googleapis.com/v1/projects/p-1/locations/us-central1/endpoints/openapi/chat/completions",
    base: "https://us-central1-aiplatform.googleapis.com/v1/projects/p-1/locations/us-central1",
    chatKey: "x-goog-api-key",
    refuses: ["thinking", "enable_thinking", "reasoning"],
    thinking: [{ model: "meta/llama-4-maverick-17b-128e-instruct-maas" }],
    reasoning: "reasoning_content",
    usage: "last chunk",
    errors: {
      key: google(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
      rate: google(429, "RESOURCE_EXHAUSTED", "Resource exhausted, please try again later."),
      overloaded: google(503, "UNAVAILABLE", "The service is currently unavailable."),
      parameter: google(400, "INVALID_ARGUMENT", "Invalid JSON payload received."),
      model: google(404, "NOT_FOUND", "Publisher Model `x` was not found or your project does not have access to it."),
    },
  },
  {
    vendor: "cohere",
    chat: "https://api.cohere.com/compatibility/v1/chat/completions",
    thinking: [{ model: "command-a-reasoning-08-2025" }],
    reasoning: "reasoning_content",
    usage: "last chunk",
    errors: {
      key: cohere(401, "invalid api token"),
      rate: cohere(429, "You are using a Trial key, which is limited to 20 API calls / minute."),
      parameter: cohere(400, "invalid request: message must be at least 1 token long"),
      model: cohere(404, "model 'x' not found, make sure the correct model ID was used"),
      context: cohere(400, "too many tokens: total number of tokens in the prompt cannot exceed 4081"),
    },
  },
];
