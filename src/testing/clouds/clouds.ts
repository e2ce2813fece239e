import type { Kit, VendorRequest } from "../wire/kit.ts";
import { kits } from "../wire/kits.ts";
import {
  accessKey,
  alibabaChat,
  arkChat,
  azure,
  azureOlder,
  bearer,
  bedrockChat,
  bedrockClaude,
  bedrockKey,
  deepseekChat,
  google,
  key,
  keyed,
  named,
  openaiChat,
  token,
  vertexBase,
  vertexChat,
  vertexClaude,
  vertexGemini,
  xaiChat,
  type Own,
} from "./cloud-parts.ts";

/** A large vendor's API: that of a wire format, at its own address, with its own key and its own fields. */
export interface Cloud {
  title: string;
  /** The format's vendor, behind what is this cloud's own. */
  kit: Kit;
  /** A provider of it, without its name. */
  provider(url: string): object;
  /** What the vendor calls a model. */
  modelPrefix: string;
  /** Fields of a client's that have a place here, though the format's own vendors lack it. */
  takesBudgets?: boolean;
}

export const clouds: readonly Cloud[] = [
  cloud("openai chat", "chat", "gpt-5.2-", { vendor: "openai" }, "/v1", bearer("/v1/chat/completions", openaiChat)),
  cloud("openai Responses", "responses", "gpt-5.2-pro-", { vendor: "openai" }, "/v1", bearer("/v1/responses")),
  cloud("xai chat", "chat", "grok-4.3-", { vendor: "xai" }, "/v1", bearer("/v1/chat/completions", xaiChat)),
  cloud(
    "xai Responses",
    "responses",
    "grok-4.3-",
    { vendor: "xai", apis: ["responses"] },
    "/v1",
    bearer("/v1/responses", named),
  ),
  {
    ...cloud(
      "alibaba chat",
      "chat",
      "qwen-plus-",
      { vendor: "alibaba", apis: ["chat"] },
      "",
      bearer("/compatible-mode/v1/chat/completions", alibabaChat),
    ),
    takesBudgets: true,
  },
  cloud(
    "alibaba Messages",
    "messages",
    "qwen-plus-",
    { vendor: "alibaba", apis: ["messages"] },
    "",
    keyed("/apps/anthropic/v1/messages"),
  ),
  cloud(
    "alibaba Responses",
    "responses",
    "qwen-plus-",
    { vendor: "alibaba", apis: ["responses"] },
    "",
    bearer("/compatible-mode/v1/responses"),
  ),
  cloud(
    "alibaba native",
    "dashscope",
    "qwen-plus-",
    { vendor: "alibaba", apis: ["dashscope"] },
    "",
    bearer(
      "/api/v1/services/aigc/text-generation/generation",
      undefined,
      "/api/v1/services/aigc/multimodal-generation/generation",
    ),
  ),
  cloud(
    "bytedance chat",
    "chat",
    "ep-20260101-",
    { vendor: "bytedance", apis: ["chat"] },
    "/api/v3",
    bearer("/api/v3/chat/completions", arkChat),
  ),
  cloud(
    "bytedance Responses",
    "responses",
    "ep-20260101-",
    { vendor: "bytedance", apis: ["responses"] },
    "/api/v3",
    bearer("/api/v3/responses"),
  ),
  cloud(
    "bytedance Messages",
    "messages",
    "doubao-",
    { vendor: "bytedance", apis: ["messages"] },
    "/api/v3",
    bearer("/api/compatible/v1/messages"),
  ),
  cloud(
    "deepseek chat",
    "chat",
    "deepseek-",
    { vendor: "deepseek", apis: ["chat"] },
    "",
    bearer("/chat/completions", deepseekChat),
  ),
  cloud(
    "deepseek Messages",
    "messages",
    "deepseek-",
    { vendor: "deepseek", apis: ["messages"] },
    "",
    keyed("/anthropic/v1/messages"),
  ),
  cloud("anthropic", "messages", "claude-", { vendor: "anthropic" }, "", keyed("/v1/messages")),
  cloud("google", "gemini", "gemini-3-", { vendor: "google", apis: ["gemini"] }, "", google),
  cloud(
    "azure chat",
    "chat",
    "gpt-5.2-",
    { vendor: "azure-openai" },
    "/openai/v1",
    azure("/openai/v1/chat/completions"),
  ),
  cloud(
    "azure, older form",
    "chat",
    "gpt-5.2-",
    { vendor: "azure-openai" },
    "/openai/deployments/2025-04-01-preview",
    azureOlder,
  ),
  cloud("azure Responses", "responses", "gpt-5.2-pro-", { vendor: "azure-openai" }, "", azure("/openai/v1/responses")),
  cloud(
    "azure Claude",
    "messages",
    "claude-",
    { vendor: "azure-openai" },
    "/openai/v1",
    keyed("/anthropic/v1/messages"),
  ),
  cloud(
    "bedrock Claude",
    "messages",
    "eu.anthropic.claude-v1:0-",
    { vendor: "bedrock", region: "eu-west-1", api_key: accessKey },
    "",
    bedrockClaude,
  ),
  cloud(
    "bedrock OpenAI-style",
    "chat",
    "openai.gpt-oss-120b-",
    { vendor: "bedrock", api_key: bedrockKey },
    "",
    bedrockChat,
  ),
  cloud(
    "vertex Gemini",
    "gemini",
    "gemini-3-",
    { vendor: "vertex", apis: ["gemini"], api_key: token },
    vertexBase,
    vertexGemini,
  ),
  cloud(
    "vertex Claude",
    "messages",
    "claude-opus@20260101-",
    { vendor: "vertex", api_key: token },
    vertexBase,
    vertexClaude,
  ),
  cloud("vertex MaaS", "chat", "meta/llama-maas-", { vendor: "vertex", api_key: token }, vertexBase, vertexChat),
];

function cloud(title: string, api: string, modelPrefix: string, provider: object, base: string, own: Own): Cloud {
  const kit = kits.find((known) => known.api === api);
  if (!kit) throw new Error(`no kit of ${api}`);
  const { vendor } = kit;
  const { error = vendor.error } = own;
  return {
    title,
    modelPrefix,
    provider: (url) => ({ api_key: key, base_url: url + base, ...provider }),
    kit: {
      ...kit,
      vendor: {
        ...vendor,
        modelPrefix,
        route: (request) => own.route(request),
        read: (request, script) => vendor.read(openRequest(own, request), script),
        whole(said, proofs, request) {
          const answer = vendor.whole(said, proofs, openRequest(own, request));
          return own.whole?.(answer) ?? answer;
        },
        stream(said, request, proofs) {
          const events = vendor.stream(said, openRequest(own, request), proofs);
          return own.events?.(events) ?? events;
        },
        error: (status, message) => error(status, message),
        hasForeignErrors: own.error !== undefined,
        ...(own.frame && { frame: own.frame }),
      },
    },
  };
}

function openRequest(own: Own, request: VendorRequest): VendorRequest {
  const headers = new Headers(request.headers);
  if (own.hasVersionInBody) headers.set("anthropic-version", "2023-06-01");
  return { ...request, headers, body: own.open(request) };
}
