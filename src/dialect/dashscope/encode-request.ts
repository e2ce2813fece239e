import { SahabError } from "../../base/errors.ts";
import {
  Dropped,
  findDropped,
  type ChatRequest,
  type EmbeddingRequest,
  type Lack,
  type NeutralRequest,
  type Refusals,
} from "../../call/index.ts";
import { unreachable } from "../../base/assert.ts";
import type { EncodedRequest } from "../dialect.ts";
import { budgetOfEffort } from "../effort-budgets.ts";
import { encodeChatRequest } from "../openai-chat/encode-request.ts";
import { dialectName as openAiName } from "../openai-chat/shared-fields.ts";
import { isObject, type JsonObject } from "../read.ts";
import { isMultimodal } from "./model-rules.ts";
import { hasMedia, toNativeContent } from "./native-parts.ts";
import { multimodalVariant, textVariant } from "./paths.ts";
import { encodeRerankRequest } from "./rerank.ts";
import { dialectName } from "./shared-fields.ts";

/**
 * The body of a native call. Decoding it gives the request again, but for what is listed as dropped, the developer's turns,
 * which become the system's, and neighbouring texts of a turn, which become one for a model without media.
 */
export function encodeRequest(decoded: NeutralRequest, { model }: { model: string }): EncodedRequest {
  switch (decoded.operation) {
    case "chat":
      return encodeChat(decoded.request, model);
    case "embedding":
      return encodeEmbedding(decoded.request, model);
    case "rerank":
      return encodeRerankRequest(decoded.request, model);
    case "completion":
    case "token-count":
      throw new SahabError("unsupported_operation", `${api} has no operation ${decoded.operation}`);
    default:
      return unreachable(decoded);
  }
}

const lacks: ReadonlySet<Lack> = new Set<Lack>([
  "call-cache",
  "tool-error",
  "image-detail",
  "idle-effort",
  "minP",
  "frequencyPenalty",
]);
const api = "DashScope's native API";
/** Unverified: that `required` is not taken. One tool can be forced by its name; which of several, only the model may say. */
const refuses: Refusals = { "any-tool": `${api} forces one tool by its name, and not any of several` };

function encodeChat(request: ChatRequest, model: string): EncodedRequest {
  const isOwn = request.dialect === dialectName;
  const dropped = findDropped(request, { dialect: dialectName, api, lacks, refuses: isOwn ? {} : refuses });
  const ofInput = isOwn ? request.extensions["input"] : undefined;
  const ofParameters = isOwn ? request.extensions["parameters"] : undefined;
  const {
    model: _model,
    messages,
    stream: _stream,
    stream_options: _options,
    ...parameters
  } = encodeChatRequest(
    {
      ...request,
      // What is this dialect's own goes where OpenAI's chat puts its own.
      dialect: isOwn ? openAiName : "",
      extensions: isObject(ofParameters) ? ofParameters : {},
      reasoning: {},
      toolChoice: forcedAlone(request),
      sampling: withoutLacking(request.sampling),
    },
    { takesCacheMarkers: true, takesSampling: ["topK", "repeatPenalty"] },
    dropped,
  );
  const list = (messages as JsonObject[]).map((message) => ({ ...message, role: roleOf(message) }));
  const takesMedia = isMultimodal(model) || list.some(hasMedia);
  const { input: _input, parameters: _parameters, ...extensions } = isOwn ? request.extensions : {};
  const body: JsonObject = {
    ...extensions,
    model,
    input: {
      ...(isObject(ofInput) && ofInput),
      messages: list.map((message) => encodeMessage(message, takesMedia)),
    },
    parameters: {
      ...parameters,
      ...encodeThinking(request),
      result_format: "message",
      // A model that repeats all of its text in every chunk would send the square of it.
      incremental_output: request.stream || undefined,
    },
  };
  return {
    body,
    dropped: dropped.list,
    headers: request.stream ? { "x-dashscope-sse": "enable" } : undefined,
    variant: takesMedia ? multimodalVariant : textVariant,
  };
}

/** The role `developer` is OpenAI's own. */
function roleOf({ role }: JsonObject): unknown {
  return role === "developer" ? "system" : role;
}

function encodeMessage(message: JsonObject, takesMedia: boolean): JsonObject {
  const { refusal, ...rest } = message;
  const content = typeof refusal === "string" && !message["content"] ? refusal : message["content"];
  return { ...rest, content: toNativeContent(content, { role: message["role"], takesMedia }) };
}

function withoutLacking({
  minP: _m,
  frequencyPenalty: _f,
  ...sampling
}: ChatRequest["sampling"]): ChatRequest["sampling"] {
  return sampling;
}

/** Any of one tool is that one. */
function forcedAlone({ dialect, toolChoice, tools }: ChatRequest): ChatRequest["toolChoice"] {
  const [only] = tools;
  const isAny = toolChoice.type === "required" && dialect !== dialectName;
  return isAny && only ? { type: "tool", name: only.name } : toolChoice;
}

function encodeThinking({ reasoning: { enabled, effort, budgetTokens } }: ChatRequest): JsonObject {
  const isOn = enabled ?? (effort === undefined ? budgetTokens !== undefined || undefined : effort !== "none");
  if (isOn !== true) return { enable_thinking: isOn };
  return {
    enable_thinking: true,
    thinking_budget: budgetTokens ?? (effort === undefined ? undefined : budgetOfEffort(effort)),
  };
}

function encodeEmbedding(request: EmbeddingRequest, model: string): EncodedRequest {
  const { dialect, dimensions, extensions, inputs } = request;
  const isOwn = dialect === dialectName;
  const dropped = new Dropped();
  if (!isOwn) dropped.addFields("", extensions);
  const texts = inputs.filter((input) => typeof input === "string");
  if (texts.length < inputs.length)
    throw new SahabError("unsupported_parameter", "input: DashScope's native API takes texts, and no token ids", {
      param: "input",
    });
  const { input, parameters, ...rest } = isOwn ? extensions : {};
  return {
    body: {
      ...rest,
      model,
      input: { ...(isObject(input) && input), texts },
      parameters: { ...(isObject(parameters) && parameters), dimension: dimensions },
    },
    dropped: dropped.list,
  };
}
