import { plain, said, type ErrorBytes, type VendorFacts } from "./vendor-facts.ts";

const zhipu = (status: number, code: string, message: string) => plain(status, { error: { code, message } });
/** MiniMax answers with 200, whatever is wrong. */
const minimax = (code: number, message: string) =>
  plain(200, { id: "x", choices: null, base_resp: { status_code: code, status_msg: message } });
const minimaxMessages = (status: number, type: string, message: string): ErrorBytes =>
  plain(status, { type: "error", error: { type, message, http_code: String(status) }, request_id: "r" });
const siliconflow = (status: number, code: number, message: string) => plain(status, { code, message, data: null });
const tencent = (status: number, type: string, code: string, message: string) =>
  plain(status, { error: { type, code, message, source: "gateway", request_id: "r" } });

/** Vendors in China, by their documents of November 2026. */
export const chineseVendors: readonly VendorFacts[] = [
  {
    vendor: "moonshot",
    chat: "https://api.moonshot.ai/v1/chat/completions",
    messages: "https://api.moonshot.ai/anthropic/v1/messages",
    regions: {
      intl: "https://api.moonshot.ai/v1/chat/completions",
      cn: "https://api.moonshot.cn/v1/chat/completions",
    },
    demandsReasoning: true,
    thinking: [
      {
        model: "kimi-k2.6",
        high: { thinking: { type: "enabled" } },
        budget: { thinking: { type: "enabled" } },
        off: { thinking: { type: "disabled" } },
      },
      { model: "kimi-k2-thinking", high: {}, budget: {}, off: {} },
    ],
    reasoning: "reasoning_content",
    usage: "choice",
    requestIdHeader: "msh-request-id",
    errors: {
      key: said(401, "Invalid Authentication", { type: "invalid_authentication_error" }),
      money: said(429, "Your account is suspended, please check your plan", { type: "exceeded_current_quota_error" }),
      rate: said(429, "Your account reached max request", { type: "rate_limit_reached_error" }),
      overloaded: said(429, "The engine is currently overloaded, please try again later", {
        type: "engine_overloaded_error",
      }),
      parameter: said(400, "Invalid request: tools is wrong"),
      model: said(404, "Not found the model kimi-x or Permission denied", { type: "resource_not_found_error" }),
      context: said(400, "Input token length too long"),
      content: said(400, "The request was rejected because it was considered high risk", { type: "content_filter" }),
    },
  },
  {
    vendor: "zhipu",
    chat: "https://open.bigmodel.cn/api/paas/v4/chat/completions",
    messages: "https://open.bigmodel.cn/api/anthropic/v1/messages",
    regions: {
      cn: "https://open.bigmodel.cn/api/paas/v4/chat/completions",
      intl: "https://api.z.ai/api/paas/v4/chat/completions",
    },
    thinking: [
      {
        model: "glm-4.7",
        high: { thinking: { type: "enabled" } },
        budget: { thinking: { type: "enabled" } },
        off: { thinking: { type: "disabled" } },
      },
      {
        model: "glm-5.2",
        high: { thinking: { type: "enabled" }, reasoning_effort: "high" },
        budget: { thinking: { type: "enabled" }, reasoning_effort: "high" },
        off: { thinking: { type: "disabled" } },
      },
    ],
    reasoning: "reasoning_content",
    usage: "last chunk",
    errors: {
      key: zhipu(401, "1002", "Authentication Token非法"),
      money: zhipu(429, "1113", "您的账户已欠费,请充值后重试"),
      rate: zhipu(429, "1302", "您当前使用该 API 的并发数过高"),
      overloaded: zhipu(429, "1305", "该模型当前访问量过大,请您稍后再试"),
      parameter: zhipu(400, "1214", "messages 参数非法"),
      model: zhipu(400, "1211", "模型代码有误"),
      context: zhipu(400, "1261", "Prompt 超长"),
      content: zhipu(400, "1301", "系统检测到输入或生成内容可能包含不安全或敏感内容"),
    },
  },
  {
    vendor: "minimax",
    chat: "https://api.minimax.io/v1/chat/completions",
    messages: "https://api.minimax.io/anthropic/v1/messages",
    regions: {
      intl: "https://api.minimax.io/v1/chat/completions",
      cn: "https://api.minimaxi.com/v1/chat/completions",
    },
    messagesKey: "authorization",
    thinking: [
      {
        model: "MiniMax-M3",
        high: { thinking: { type: "adaptive" } },
        budget: { thinking: { type: "adaptive" } },
        off: { thinking: { type: "disabled" } },
      },
      { model: "MiniMax-M2.7", high: {}, budget: {}, off: {} },
    ],
    reasoning: "details",
    usage: "own event",
    requestIdHeader: "trace-id",
    errors: {
      key: minimax(1004, "login fail: Please carry the API secret key in the Authorization field"),
      money: minimax(1008, "insufficient balance"),
      rate: minimax(1002, "rate limit"),
      overloaded: minimax(1000, "unknown error, 520"),
      parameter: minimax(2013, "invalid params, tools is wrong"),
      model: minimax(2061, "your current plan does not support this"),
      context: minimax(2013, "invalid params, context window exceeds limit"),
      content: minimax(1026, "input new_sensitive"),
    },
    messagesErrors: {
      key: minimaxMessages(401, "authentication_error", "login fail (1004)"),
      money: minimaxMessages(429, "insufficient_balance_error", "insufficient balance (1008)"),
      rate: minimaxMessages(429, "rate_limit_error", "rate limit (1002)"),
      overloaded: minimaxMessages(500, "api_error", "system error (1033)"),
      parameter: minimaxMessages(400, "invalid_request_error", "invalid params (2013)"),
      model: minimaxMessages(400, "invalid_request_error", "not in your plan (2061)"),
      content: minimaxMessages(400, "invalid_request_error", "new_sensitive (1026)"),
    },
  },
  {
    vendor: "siliconflow",
    chat: "https://api.siliconflow.com/v1/chat/completions",
    regions: { cn: "https://api.siliconflow.cn/v1/chat/completions" },
    thinking: [
      {
        model: "Qwen/Qwen3-32B",
        high: { enable_thinking: true, thinking_budget: 16_384 },
        budget: { enable_thinking: true, thinking_budget: 4096 },
        off: { enable_thinking: false },
      },
    ],
    reasoning: "reasoning_content",
    usage: "every chunk",
    requestIdHeader: "x-siliconcloud-trace-id",
    errors: {
      key: plain(401, { message: "Invalid token" }),
      money: siliconflow(403, 30_001, "Sorry, your account balance is insufficient"),
      rate: siliconflow(429, 50_603, "Request was rejected due to rate limiting. Details: TPM limit reached."),
      overloaded: siliconflow(503, 50_505, "Model service overloaded. Please try again later."),
      parameter: siliconflow(400, 20_015, "The parameter is invalid. Please check again."),
      model: siliconflow(400, 20_012, "Model does not exist. Please check it carefully."),
      context: siliconflow(400, 20_015, "length of prompt_tokens exceeds the model's maximum context length"),
    },
  },
  {
    vendor: "stepfun",
    chat: "https://api.stepfun.com/v1/chat/completions",
    messages: "https://api.stepfun.com/v1/messages",
    thinking: [
      { model: "step-3.7-flash", high: { reasoning_effort: "high" }, budget: { reasoning_effort: "medium" } },
      { model: "step-3.5-flash-2603", high: { reasoning_effort: "high" }, budget: { reasoning_effort: "high" } },
    ],
    reasoning: "reasoning",
    usage: "last chunk",
    errors: {
      key: said(401, "Incorrect API key provided", { type: "invalid_api_key" }),
      money: said(402, "your balance is not enough", { type: "insufficient_balance" }),
      rate: said(429, "requests limit reached", { type: "rate_limited" }),
      overloaded: said(503, "the engine is busy", { type: "engine_overloaded" }),
      parameter: said(400, "temperature is wrong", { type: "request_params_invalid" }),
      model: said(400, "model step-x not exists", { type: "request_params_invalid" }),
      content: said(451, "The content you provided is not proper", { type: "censorship_blocked" }),
    },
  },
  {
    vendor: "tencent",
    chat: "https://tokenhub.tencentmaas.com/v1/chat/completions",
    thinking: [
      {
        model: "hy3-preview",
        high: { thinking: { type: "enabled" }, reasoning_effort: "high" },
        budget: { thinking: { type: "enabled" }, reasoning_effort: "medium" },
        off: { thinking: { type: "disabled" } },
      },
    ],
    reasoning: "reasoning_content",
    usage: "own event",
    errors: {
      key: tencent(401, "authentication_error", "401002", "invalid api key"),
      money: tencent(402, "permission_error", "401007", "endpoint is inactive: FREE_QUOTA_EXHAUSTED"),
      rate: tencent(429, "rate_limit_error", "429001", "rate limit exceeded on dimension: rpm"),
      overloaded: tencent(502, "upstream_error", "502001", "provider is not available"),
      parameter: tencent(400, "invalid_request_error", "400001", "invalid parameter 'tools'"),
      content: tencent(451, "content_filter_error", "451001", "content was filtered by safety policy"),
    },
  },
  {
    vendor: "modelscope",
    chat: "https://api-inference.modelscope.cn/v1/chat/completions",
    thinking: [
      {
        model: "ZhipuAI/GLM-4.6",
        high: { enable_thinking: true },
        budget: { enable_thinking: true },
        off: { enable_thinking: false },
      },
    ],
    reasoning: "tags",
    usage: "own event",
    errors: {
      key: plain(401, {
        errors: { message: "Authentication failed, please make sure that a valid token is supplied." },
      }),
      rate: plain(429, { errors: { message: "You have exceeded today's quota" }, request_id: "r" }),
      parameter: plain(400, { errors: { message: "tools is wrong" }, request_id: "r" }),
      model: plain(400, { errors: { message: "Model id: x, has no provider supported" }, request_id: "r" }),
    },
  },
  {
    vendor: "qiniu",
    chat: "https://api.qnaigc.com/v1/chat/completions",
    thinking: [
      {
        model: "deepseek/deepseek-v3.2",
        high: { thinking: { type: "enabled" } },
        budget: { thinking: { type: "enabled" } },
        off: { thinking: { type: "disabled" } },
      },
    ],
    reasoning: "tags",
    usage: "last chunk",
    errors: {},
  },
  {
    vendor: "xiaomi",
    chat: "https://api.xiaomimimo.com/v1/chat/completions",
    messages: "https://api.xiaomimimo.com/anthropic/v1/messages",
    demandsReasoning: true,
    thinking: [
      {
        model: "mimo-v2.5-pro",
        high: { thinking: { type: "enabled" } },
        budget: { thinking: { type: "enabled" } },
        off: { thinking: { type: "disabled" } },
      },
    ],
    reasoning: "reasoning_content",
    usage: "own event",
    errors: {
      key: said(401, "Invalid API Key"),
      money: said(402, "Insufficient account balance"),
      rate: said(429, "Too many requests"),
      parameter: said(400, "Param Incorrect"),
      content: said(421, "The request was rejected because it was considered high risk"),
    },
  },
];
