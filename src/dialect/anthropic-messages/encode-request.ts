import { SahabError } from "../../base/errors.ts";
import type {
  ChatRequest,
  HostedTool,
  NeutralRequest,
  ResponseFormat,
  Sampling,
  ToolDefinition,
} from "../../call/index.ts";
import type { EncodedRequest } from "../dialect.ts";
import { invalidField, isObject, type JsonObject } from "../read.ts";
import { Dropped } from "./dropped.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeThinking } from "./encode-thinking.ts";
import { dialectName } from "./shared-fields.ts";

/** Anthropic demands a bound. This one is ours: the largest that every model on sale takes. */
const maxTokensDefault = 8192;

/**
 * The body of `POST /v1/messages`, or of `/v1/messages/count_tokens`. Decoding it gives the request again, but for what is
 * listed as dropped, empty texts, and turns of one role that follow each other, which become one.
 */
export function encodeRequest(decoded: NeutralRequest, { model }: { model: string }): EncodedRequest {
  const { operation } = decoded;
  if (operation !== "chat" && operation !== "token-count")
    throw new SahabError("unsupported_operation", `Anthropic Messages has no operation ${operation}`);
  const { request } = decoded;
  refuseUnsupported(request);
  const dropped = new Dropped();
  const isOwn = request.dialect === dialectName;
  const extensions = isOwn ? request.extensions : {};
  if (!isOwn) dropped.addKeys("", request.extensions);
  const maxTokens = request.maxOutputTokens ?? maxTokensDefault;
  const thinking = encodeThinking(request, maxTokens, dropped);
  const { system, messages } = encodeMessages(request, dropped);
  if (messages.length === 0) throw invalidField("messages", "expected at least one message with content, found none");
  const tools = [...request.tools.map(encodeTool), ...encodeHostedTools(request.hostedTools, isOwn, dropped)];
  const shared = {
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
  if (operation === "token-count") return { body: withoutUndefined(shared), dropped: dropped.list };
  const isThinking = thinking !== undefined && thinking["type"] !== "disabled";
  const body = {
    ...shared,
    max_tokens: maxTokens,
    ...encodeSampling(request.sampling, { isOwn, isThinking }, dropped),
    stop_sequences: request.stop.length === 0 ? undefined : request.stop,
    stream: request.stream || undefined,
  };
  return { body: withoutUndefined(body), dropped: dropped.list };
}

/** What would make it another answer is refused, by the name that the client knows. */
function refuseUnsupported({ choiceCount, topLogprobs, responseFormat }: ChatRequest): void {
  const found =
    choiceCount > 1
      ? "n"
      : topLogprobs !== undefined
        ? "logprobs"
        : responseFormat.type === "json-object"
          ? "response_format"
          : undefined;
  if (found === undefined) return;
  const problem =
    found === "response_format"
      ? 'models of Anthropic Messages have no type "json_object"; "json_schema" is allowed'
      : "models of Anthropic Messages do not have it";
  throw new SahabError("unsupported_parameter", `${found}: ${problem}`, { param: found });
}

function encodeTool({ name, description, parameters, strict, cache }: ToolDefinition): JsonObject {
  return withoutUndefined({
    name,
    description,
    // The type is demanded, and a schema without one is of an object all the same.
    input_schema: { type: "object", ...(parameters ?? { properties: {} }) },
    strict: strict || undefined,
    cache_control: cache,
  });
}

function encodeHostedTools(tools: HostedTool[], isOwn: boolean, dropped: Dropped): JsonObject[] {
  if (isOwn) return tools.map(({ value }) => value);
  for (const { type } of tools) dropped.add(`tools[].${type}`);
  return [];
}

function encodeToolChoice({ toolChoice, parallelToolCalls }: ChatRequest): JsonObject | undefined {
  const serial = parallelToolCalls ? undefined : { disable_parallel_tool_use: true };
  if (toolChoice.type === "none") return { type: "none" };
  if (toolChoice.type === "auto") return serial && { type: "auto", ...serial };
  if (toolChoice.type === "required") return { type: "any", ...serial };
  return { type: "tool", name: toolChoice.name, ...serial };
}

/** How much to think is said here by own clients only: for others it becomes a budget. */
function encodeOutput(request: ChatRequest, isOwn: boolean): JsonObject | undefined {
  const rest = isOwn ? request.extensions["output_config"] : undefined;
  const output = withoutUndefined({
    ...(isObject(rest) && rest),
    effort: isOwn ? request.reasoning.effort : undefined,
    format: encodeFormat(request.responseFormat),
  });
  return Object.keys(output).length === 0 ? undefined : output;
}

function encodeFormat(format: ResponseFormat): JsonObject | undefined {
  return format.type === "json-schema" ? { type: "json_schema", schema: format.schema } : undefined;
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
  for (const [key, name] of foreignSampling) if (sampling[key] !== undefined) dropped.add(name);
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

const foreignSampling = [
  ["minP", "min_p"],
  ["seed", "seed"],
  ["frequencyPenalty", "frequency_penalty"],
  ["presencePenalty", "presence_penalty"],
  ["repeatPenalty", "repetition_penalty"],
] as const;

function withoutUndefined(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
