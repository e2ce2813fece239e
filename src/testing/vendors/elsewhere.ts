import { plain, said, type VendorFacts } from "./vendor-facts.ts";

const openrouter = (code: number, message: string, metadata = {}) =>
  plain(code, { error: { code, message, metadata }, user_id: "u" });
const cerebras = (status: number, type: string, code: string, message: string) =>
  plain(status, { message, type, param: "", code });
const novita = (code: number, reason: string, message: string) => plain(code, { code, reason, message, metadata: {} });
const nvidia = (status: number, title: string, detail: string) => plain(status, { status, title, detail });
const efforts = (high: string, budget: string) => ({
  high: { reasoning_effort: high },
  budget: { reasoning_effort: budget },
});

/** Vendors elsewhere, and servers of one's own, by their documents of November 2026. */
export const otherVendors: readonly VendorFacts[] = [
  {
    vendor: "mistral",
    chat: "https://api.mistral.ai/v1/chat/completions",
    refuses: ["max_completion_tokens", "seed", "thinking", "enable_thinking", "reasoning"],
    refusesInTurn: ["reasoning_content", "reasoning", "reasoning_details", "refusal"],
    callIds: /^[A-Za-z0-9]{9}$/,
    thinking: [
      { model: "mistral-small-latest", ...efforts("high", "high"), off: { reasoning_effort: "none" } },
      { model: "magistral-medium-latest", high: {}, budget: {}, off: {} },
    ],
    reasoning: "parts",
    usage: "last chunk",
    requestIdHeader: "mistral-correlation-id",
    errors: {
      key: plain(401, { detail: "Unauthorized" }),
      rate: plain(429, {
        object: "error",
        message: "Requests rate limit exceeded",
        type: "rate_limited",
        code: "1300",
      }),
      overloaded: plain(429, {
        object: "error",
        message: "Service tier capacity exceeded for this model.",
        type: "service_tier_capacity_exceeded",
        param: null,
        code: "3505",
      }),
      parameter: plain(422, {
        object: "error",
        message: { detail: [{ type: "extra_forbidden", loc: ["body", "x"], msg: "Extra inputs are not permitted" }] },
        type: "invalid_request_error",
        param: null,
        code: null,
      }),
      model: plain(400, { object: "error", message: "Invalid model: x", type: "invalid_model", code: "1500" }),
      context: plain(400, {
        object: "error",
        message: "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
        type: "invalid_request_error",
        code: "3051",
      }),
    },
  },
  {
    vendor: "groq",
    chat: "https://api.groq.com/openai/v1/chat/completions",
    refuses: ["thinking", "enable_thinking", "reasoning"],
    refusesInTurn: ["reasoning_content"],
    thinking: [
      { model: "openai/gpt-oss-120b", ...efforts("high", "medium") },
      { model: "qwen/qwen3-32b", ...efforts("default", "default"), off: { reasoning_effort: "none" } },
      { model: "llama-3.3-70b-versatile", high: {}, budget: {}, off: {} },
    ],
    reasoning: "tags",
    usage: "x_groq",
    errors: {
      key: said(401, "Invalid API Key", { code: "invalid_api_key" }),
      money: said(400, "API access is blocked by the organization's spend limit", { code: "blocked_api_access" }),
      rate: said(413, "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000", {
        type: "tokens",
        code: "rate_limit_exceeded",
      }),
      overloaded: said(498, "Flex tier capacity exceeded", { code: "capacity_exceeded" }),
      parameter: said(400, "property 'x' is unsupported"),
      model: said(404, "The model `x` does not exist or you do not have access to it.", { code: "model_not_found" }),
      context: said(400, "Please reduce the length of the messages", { code: "context_length_exceeded" }),
    },
  },
  {
    vendor: "openrouter",
    chat: "https://openrouter.ai/api/v1/chat/completions",
    messages: "https://openrouter.ai/api/v1/messages",
    thinking: [
      {
        model: "anthropic/claude-sonnet-4.5",
        high: { reasoning: { enabled: true, effort: "high" } },
        budget: { reasoning: { enabled: true, max_tokens: 4096 } },
        off: { reasoning: { enabled: false } },
      },
    ],
    reasoning: "both",
    usage: "own event",
    cost: { fields: { cost: 0.00042, cost_details: { upstream_inference_cost: null } }, dollars: "0.00042" },
    errors: {
      key: openrouter(401, "User not found."),
      money: openrouter(402, "Insufficient credits. Add more using https://openrouter.ai/credits"),
      rate: openrouter(429, "Rate limit exceeded: free-models-per-min"),
      overloaded: openrouter(502, "Provider returned error", { provider_name: "X" }),
      parameter: openrouter(400, 'Input required: specify "prompt" or "messages"'),
      model: openrouter(404, "No endpoints found that support tool use"),
      context: openrouter(400, "This endpoint's maximum context length is 8192 tokens. However, you requested 9000"),
      content: openrouter(403, "This model requires moderation and your input was flagged", { reasons: ["x"] }),
    },
  },
  {
    vendor: "together",
    chat: "https://api.together.ai/v1/chat/completions",
    thinking: [
      {
        model: "moonshotai/Kimi-K2.6",
        high: { reasoning: { enabled: true } },
        budget: { reasoning: { enabled: true } },
        off: { reasoning: { enabled: false } },
      },
      {
        model: "deepseek-ai/DeepSeek-V4-Pro",
        high: { reasoning: { enabled: true }, reasoning_effort: "high" },
        budget: { reasoning: { enabled: true }, reasoning_effort: "high" },
        off: { reasoning: { enabled: false } },
      },
      { model: "openai/gpt-oss-20b", ...efforts("high", "medium") },
    ],
    reasoning: "reasoning",
    usage: "last chunk",
    errors: {
      key: said(401, "Invalid API key provided", { code: "invalid_api_key" }),
      money: said(402, "Credit limit exceeded", { type: "credit_limit" }),
      rate: said(429, "You have reached the rate limit specific to this model", { type: "model_rate_limit" }),
      overloaded: said(503, "The server is overloaded or not ready yet.", { type: "service_unavailable" }),
      parameter: said(400, "Input validation error: n"),
      model: said(404, "Unable to access model x", { code: "model_not_available" }),
      context: said(403, "Input token count + max_tokens parameter must be less than the context length"),
    },
  },
  {
    vendor: "fireworks",
    chat: "https://api.fireworks.ai/inference/v1/chat/completions",
    thinking: [
      {
        model: "accounts/fireworks/models/qwen3p7-plus",
        high: { reasoning_effort: "high" },
        budget: { thinking: { type: "enabled", budget_tokens: 4096 } },
        off: { reasoning_effort: "none" },
      },
    ],
    reasoning: "reasoning_content",
    usage: "last chunk",
    errors: {
      key: plain(401, {
        error: { object: "error", type: "UNAUTHORIZED", message: "The API key you provided is invalid." },
      }),
      money: plain(412, { error: "Account x is suspended, possibly due to reaching the monthly spending limit" }),
      rate: said(429, "Too many requests", { type: "rate_limit" }),
      overloaded: said(503, "Service overloaded", { type: "overloaded" }),
      parameter: said(400, "Extra inputs are not permitted, field: 'x'"),
      model: said(404, "Model not found, inaccessible, and/or not deployed", { code: "NOT_FOUND" }),
      context: said(400, "The prompt is too long: 140000, model maximum context length: 131071"),
    },
  },
  {
    vendor: "cerebras",
    chat: "https://api.cerebras.ai/v1/chat/completions",
    refusesInTurn: ["reasoning_content"],
    thinking: [
      { model: "gpt-oss-120b", ...efforts("high", "medium") },
      { model: "zai-glm-4.7", high: {}, budget: {}, off: { reasoning_effort: "none" } },
    ],
    reasoning: "reasoning",
    usage: "last chunk",
    errors: {
      key: cerebras(401, "invalid_request_error", "wrong_api_key", "Wrong API Key"),
      money: cerebras(402, "payment_required_error", "payment_required", "Payment required"),
      rate: cerebras(429, "too_many_tokens_error", "token_quota_exceeded", "Tokens per minute limit exceeded"),
      overloaded: cerebras(429, "too_many_requests_error", "queue_exceeded", "We're experiencing high traffic"),
      parameter: cerebras(400, "invalid_request_error", "wrong_api_format", "property 'x' is unsupported"),
      model: cerebras(404, "not_found_error", "model_not_found", "Model x does not exist"),
      context: cerebras(400, "invalid_request_error", "context_length_exceeded", "Please reduce the length"),
    },
  },
  {
    vendor: "deepinfra",
    chat: "https://api.deepinfra.com/v1/openai/chat/completions",
    messages: "https://api.deepinfra.com/anthropic/v1/messages",
    thinking: [
      {
        model: "moonshotai/Kimi-K2.6",
        high: { reasoning: { enabled: true } },
        budget: { reasoning: { enabled: true } },
        off: { reasoning: { enabled: false } },
      },
      {
        model: "deepseek-ai/DeepSeek-V4-Pro",
        high: { reasoning: { enabled: true }, reasoning_effort: "high" },
        budget: { reasoning: { enabled: true }, reasoning_effort: "medium" },
        off: { reasoning: { enabled: false } },
      },
    ],
    reasoning: "reasoning_content",
    usage: "own event",
    cost: { fields: { estimated_cost: 0.0000123 }, dollars: "0.0000123" },
    errors: {
      key: plain(401, { detail: { error: "User is not authenticated" } }),
      money: plain(402, { detail: { error: "inference prohibited, please enter a payment method" } }),
      rate: plain(429, { detail: { error: "Rate limited" } }),
      overloaded: plain(429, { detail: { error: "Model busy, retry later" } }),
      parameter: plain(422, {
        detail: [{ loc: ["body", "n"], msg: "ensure this value is less", type: "value_error" }],
      }),
      model: plain(404, { detail: { error: "Model is not available" } }),
      context: said(400, "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"),
    },
  },
  {
    vendor: "huggingface",
    chat: "https://router.huggingface.co/v1/chat/completions",
    thinking: [{ model: "openai/gpt-oss-120b:groq", ...efforts("high", "medium") }],
    reasoning: "tags",
    usage: "own event",
    errors: {
      key: plain(401, { error: "Invalid username or password." }),
      money: plain(402, { error: "You have exceeded your monthly included credits for Inference Providers." }),
      rate: plain(429, { error: "Too many requests" }),
      overloaded: plain(424, { error: "Request failed during generation: Server error" }),
      model: said(400, "The requested model 'x' is not supported by any provider you have enabled.", {
        param: "model",
        code: "model_not_supported",
      }),
      context: plain(422, { error: "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096." }),
    },
  },
  {
    vendor: "nvidia",
    chat: "https://integrate.api.nvidia.com/v1/chat/completions",
    refusesIdleStreamOptions: true,
    thinking: [
      {
        model: "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
        high: { chat_template_kwargs: { enable_thinking: true }, reasoning_budget: 16_384 },
        budget: { chat_template_kwargs: { enable_thinking: true }, reasoning_budget: 4096 },
        off: { chat_template_kwargs: { enable_thinking: false } },
      },
      {
        model: "z-ai/glm-5.1",
        high: { chat_template_kwargs: { enable_thinking: true } },
        budget: { chat_template_kwargs: { enable_thinking: true } },
        off: { chat_template_kwargs: { enable_thinking: false } },
      },
      {
        model: "deepseek-ai/deepseek-v4-pro",
        ...efforts("high", "high"),
        off: { reasoning_effort: "none" },
      },
      { model: "openai/gpt-oss-20b", ...efforts("high", "medium") },
    ],
    reasoning: "reasoning_content",
    usage: "own event",
    requestIdHeader: "nvcf-reqid",
    errors: {
      key: nvidia(401, "Unauthorized", "Authentication failed"),
      money: nvidia(
        402,
        "Payment Required",
        "Account 'x': Cloud credits expired - Please contact NVIDIA representatives",
      ),
      rate: nvidia(429, "Too Many Requests", "Too Many Requests"),
      overloaded: nvidia(503, "Service Unavailable", "ResourceExhausted: Worker local total request limit reached"),
      parameter: nvidia(400, "Bad Request", "stream_options is allowed with stream alone"),
      model: nvidia(404, "Not Found", "Function 'f': Not found for account 'a'"),
      context: said(400, "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"),
    },
  },
  {
    vendor: "nebius",
    chat: "https://api.tokenfactory.nebius.com/v1/chat/completions",
    thinking: [
      {
        model: "Qwen/Qwen3.5-397B-A17B",
        high: { chat_template_kwargs: { enable_thinking: true } },
        budget: { chat_template_kwargs: { enable_thinking: true } },
        off: { chat_template_kwargs: { enable_thinking: false } },
      },
      { model: "openai/gpt-oss-120b", ...efforts("high", "medium") },
    ],
    reasoning: "reasoning_content",
    usage: "own event",
    errors: { model: plain(404, { detail: "The model `x` does not exist." }) },
  },
  {
    vendor: "novita",
    chat: "https://api.novita.ai/openai/chat/completions",
    thinking: [
      {
        model: "zai-org/glm-4.7",
        high: { enable_thinking: true },
        budget: { enable_thinking: true },
        off: { enable_thinking: false },
      },
      { model: "openai/gpt-oss-120b", ...efforts("high", "medium") },
    ],
    reasoning: "tags",
    usage: "own event",
    errors: {
      key: novita(401, "FAILED_TO_AUTH", "failed to authenticate API key"),
      money: novita(403, "NOT_ENOUGH_BALANCE", "not enough balance"),
      rate: novita(429, "RATE_LIMIT_EXCEEDED", "request too frequently, please try again later"),
      overloaded: novita(503, "SERVICE_NOT_AVAILABLE", "service not available"),
      parameter: novita(400, "INVALID_REQUEST_BODY", "invalid request body"),
      model: novita(404, "MODEL_NOT_FOUND", "not there"),
    },
  },
  {
    vendor: "perplexity",
    chat: "https://api.perplexity.ai/chat/completions",
    refusesInTurn: ["reasoning_content", "reasoning"],
    thinking: [{ model: "sonar-reasoning-pro", ...efforts("high", "medium") }],
    reasoning: "tags",
    usage: "every chunk",
    cost: {
      fields: {
        search_context_size: "low",
        cost: { input_tokens_cost: 0.000001, request_cost: 0.005, total_cost: 0.005321 },
      },
      dollars: "0.005321",
    },
    errors: {
      money: said(401, "You exceeded your current quota, please check your plan", {
        type: "insufficient_quota",
        code: 401,
      }),
      rate: said(429, "Request rate limit exceeded", { type: "request_rate_limit_exceeded", code: 429 }),
      model: said(400, "Invalid model 'x'. Permitted models can be found in the documentation", {
        type: "invalid_model",
        code: 400,
      }),
    },
  },
  {
    vendor: "ollama",
    chat: "http://127.0.0.1:11434/v1/chat/completions",
    messages: "http://127.0.0.1:11434/v1/messages",
    thinking: [{ model: "qwen3:8b", ...efforts("high", "medium"), off: { reasoning_effort: "none" } }],
    reasoning: "reasoning",
    usage: "own event",
    errors: {
      model: said(404, 'model "x" not found, try pulling it first', { type: "not_found_error" }),
      overloaded: said(503, "server busy, please try again. maximum pending requests exceeded", { type: "api_error" }),
    },
  },
  {
    vendor: "ollama-cloud",
    chat: "https://ollama.com/v1/chat/completions",
    messages: "https://ollama.com/v1/messages",
    thinking: [{ model: "gpt-oss:120b", ...efforts("high", "medium"), off: { reasoning_effort: "none" } }],
    reasoning: "reasoning",
    usage: "own event",
    errors: { key: plain(401, { error: "unauthorized" }), model: plain(404, { error: "model 'x' not found" }) },
  },
  ...(["compatible", "vllm"] as const).map((vendor) => ({
    vendor,
    chat: "http://127.0.0.1:8000/v1/chat/completions",
    thinking: [{ model: "some-model", ...efforts("high", "medium") }],
    reasoning: "reasoning" as const,
    usage: "own event" as const,
    errors: {
      rate: said(429, "Too many requests", { type: "rate_limit_error" }),
      overloaded: said(503, "Service overloaded", { type: "server_error" }),
      parameter: plain(400, {
        object: "error",
        message: "n is wrong",
        type: "BadRequestError",
        param: null,
        code: 400,
      }),
      model: said(404, "The model `x` does not exist.", { type: "NotFoundError", code: 404 }),
      context: said(400, "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"),
    },
  })),
];
