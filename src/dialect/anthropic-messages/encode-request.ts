import { SahabError } from "../../base/errors.ts";
import {
  fieldName,
  findDropped,
  type ChatRequest,
  type Dropped,
  type Lack,
  type NeutralRequest,
  type Refusals,
  type ResponseFormat,
  type Sampling,
  type ToolDefinition,
} from "../../call/index.ts";
import type { EncodedRequest, EncodeTarget } from "../dialect.ts";
import { invalidField, isObject, type JsonObject } from "../read.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeThinking } from "./encode-thinking.ts";
import { dialectName } from "./shared-fields.ts";

/** Anthropic demands a bound. This one is for models of which nothing is known: the largest that every model on sale takes. */
const maxTokensDefault = 8192;

const lacks: ReadonlySet<Lack> = new Set<Lack>([
  "message-name",
  "image-detail",
  "unsigned-reasoning",
  "format-name",
  "format-description",
  "minP",
  "seed",
  "frequencyPenalty",
  "presencePenalty",
  "repeatPenalty",
]);
const api = "Anthropic Messages";
const nothingSaid = "expected at least one message with content, found none";
const refuses: Refusals = {
  choices: `models of ${api} do not have it`,
  logprobs: `models of ${api} do not have it`,
  "json-object": `models of ${api} have no type "json_object"; "json_schema" is allowed`,
};

/**
 * The body of `POST /v1/messages`, or of `/v1/messages/count_tokens`. Decoding it gives the request again, but for what is
 * listed as dropped, empty texts, and turns of one role that follow each other, which become one.
 */
export function encodeRequest(
  decoded: NeutralRequest,
  { model, answerTokens = maxTokensDefault }: Pick<EncodeTarget, "model" | "answerTokens">,
): EncodedRequest {
  const { operation } = decoded;
  if (operation !== "chat" && operation !== "token-count")
    throw new SahabError("unsupported_operation", `${api} has no operation ${operation}`);
  const { request } = decoded;
  const isOwn = request.dialect === dialectName;
  const dropped = findDropped(request, { dialect: dialectName, api, lacks, refuses });
  const extensions = isOwn ? request.extensions : {};
  const maxTokens = request.maxOutputTokens ?? answerTokens;
  const thinking = encodeThinking(request, maxTokens, dropped);
  const { system, messages } = encodeMessages(request);
  if (messages.length === 0) throw invalidField(fieldName(request, "messages"), nothingSaid);
  const tools = [
    ...request.tools.map((tool) => encodeTool(tool, isOwn)),
    ...(isOwn ? request.hostedTools.map(({ value }) => value) : []),
  ];
  const body: JsonObject = {
    ...extensions,
    model,
    system,
    messages,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : encodeToolChoice(request),
    thinking,
    output_config: encodeOutput(request, isOwn),
  };
  // Counting takes no more than this.
  if (operation === "token-count") return { body, dropped: dropped.list };
  const isThinking = thinking !== undefined && thinking["type"] !== "disabled";
  body["max_tokens"] = maxTokens;
  Object.assign(body, encodeSampling(request.sampling, { isOwn, isThinking }, dropped));
  if (request.stop.length > 0) body["stop_sequences"] = request.stop;
  if (request.stream) body["stream"] = true;
  return { body, dropped: dropped.list };
}

function encodeTool(tool: ToolDefinition, isOwn: boolean): JsonObject {
  const { name, description, parameters, strict, cache, extensions } = tool;
  return {
    ...(isOwn && extensions),
    name,
    description,
    // The type is demanded, and a schema without one is of an object all the same.
    input_schema: { type: "object", ...(parameters ?? { properties: {} }) },
    strict: strict || undefined,
    cache_control: cache,
  };
}

function encodeToolChoice({ dialect, toolChoice, parallelToolCalls, extensions }: ChatRequest): JsonObject | undefined {
  const rest = dialect === dialectName && isObject(extensions["tool_choice"]) ? extensions["tool_choice"] : undefined;
  const more = { ...rest, ...(!parallelToolCalls && { disable_parallel_tool_use: true }) };
  if (toolChoice.type === "none") return { ...rest, type: "none" };
  if (toolChoice.type === "auto") return Object.keys(more).length === 0 ? undefined : { ...more, type: "auto" };
  if (toolChoice.type === "required") return { ...more, type: "any" };
  return { ...more, type: "tool", name: toolChoice.name };
}

/** How much to think is said here by own clients only: for others it becomes a budget. */
function encodeOutput(request: ChatRequest, isOwn: boolean): JsonObject | undefined {
  const { extensions, responseFormat } = request;
  const rest = isOwn && isObject(extensions["output_config"]) ? extensions["output_config"] : {};
  const output = {
    ...rest,
    effort: isOwn ? request.reasoning.effort : undefined,
    format: encodeFormat(responseFormat, rest["format"]),
  };
  return Object.values(output).every((field) => field === undefined) ? undefined : output;
}

function encodeFormat(format: ResponseFormat, rest: unknown): JsonObject | undefined {
  if (format.type !== "json-schema") return undefined;
  return { ...(isObject(rest) && rest), type: "json_schema", schema: format.schema };
}

interface SamplingRules {
  /** The client knows what this API takes. */
  isOwn: boolean;
  isThinking: boolean;
}

/**
 * While a model thinks, it takes no other temperature than 1, no `top_k`, and a `top_p` from 0.95; newer models take one of
 * temperature and `top_p`. Rules: Anthropic's documentation, "Extended thinking" and "Migrating to Claude 4.5".
 */
function encodeSampling(sampling: Sampling, { isOwn, isThinking }: SamplingRules, dropped: Dropped): JsonObject {
  let { temperature, topP, topK } = sampling;
  if (temperature !== undefined && temperature > 1) {
    temperature = 1;
    dropped.add("temperature");
  }
  if (isOwn) return { temperature, top_p: topP, top_k: topK };
  if (isThinking && temperature !== undefined && temperature !== 1) {
    temperature = undefined;
    dropped.add("temperature");
  }
  if (topP !== undefined && (temperature !== undefined || (isThinking && topP < 0.95))) {
    topP = undefined;
    dropped.add("top_p");
  }
  if (isThinking && topK !== undefined) {
    topK = undefined;
    dropped.add("top_k");
  }
  return { temperature, top_p: topP, top_k: topK };
}
