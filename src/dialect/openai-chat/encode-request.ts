import type {
  ChatMessage,
  ChatRequest,
  CompletionRequest,
  ContentPart,
  EmbeddingRequest,
  ResponseFormat,
  Sampling,
  ToolChoice,
  ToolDefinition,
} from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";

/** What differs between vendors of this dialect. */
export interface EncodeRequestOptions {
  /** OpenAI's newer models take `max_completion_tokens` only; most other vendors know the older name. */
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** vLLM and DashScope say `repetition_penalty`, llama.cpp `repeat_penalty`. */
  repeatPenaltyField?: "repetition_penalty" | "repeat_penalty";
}

/** The body of `POST /v1/chat/completions`. Decoding it gives the request again. Defaults are left out: not every vendor knows every field. */
export function encodeChatRequest(request: ChatRequest, options: EncodeRequestOptions = {}): JsonObject {
  const { tools, toolChoice, responseFormat, topLogprobs } = request;
  return withoutUndefined({
    ...encodeShared(request, options),
    messages: request.messages.map(encodeMessage),
    tools: tools.length === 0 ? undefined : tools.map(encodeTool),
    tool_choice: toolChoice.type === "auto" ? undefined : encodeToolChoice(toolChoice),
    parallel_tool_calls: request.parallelToolCalls ? undefined : false,
    response_format: responseFormat.type === "text" ? undefined : encodeResponseFormat(responseFormat),
    [options.maxTokensField ?? "max_tokens"]: request.maxOutputTokens,
    logprobs: topLogprobs === undefined ? undefined : true,
    top_logprobs: topLogprobs || undefined,
  });
}

/** The body of the legacy `POST /v1/completions`. */
export function encodeCompletionRequest(request: CompletionRequest, options: EncodeRequestOptions = {}): JsonObject {
  return withoutUndefined({
    ...encodeShared(request, options),
    prompt: unwrapSingle(request.prompts),
    suffix: request.suffix,
    max_tokens: request.maxOutputTokens,
    logprobs: request.topLogprobs,
    echo: request.echo || undefined,
  });
}

/** The body of `POST /v1/embeddings`. */
export function encodeEmbeddingRequest(request: EmbeddingRequest): JsonObject {
  return withoutUndefined({
    ...request.extensions,
    model: request.model,
    input: unwrapSingle(request.inputs),
    dimensions: request.dimensions,
    encoding_format: request.encoding === "float" ? undefined : request.encoding,
  });
}

function encodeShared(request: ChatRequest | CompletionRequest, options: EncodeRequestOptions): JsonObject {
  const { extensions } = request;
  const streamOptions = isObject(extensions["stream_options"]) ? extensions["stream_options"] : undefined;
  return {
    ...extensions,
    model: request.model,
    ...encodeSampling(request.sampling, options),
    stop: request.stop.length === 0 ? undefined : request.stop,
    n: request.choiceCount === 1 ? undefined : request.choiceCount,
    stream: request.stream || undefined,
    stream_options: request.streamUsage ? { ...streamOptions, include_usage: true } : streamOptions,
  };
}

function encodeSampling(sampling: Sampling, options: EncodeRequestOptions): JsonObject {
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    [options.repeatPenaltyField ?? "repetition_penalty"]: sampling.repeatPenalty,
  };
}

function encodeMessage(message: ChatMessage): JsonObject {
  return withoutUndefined({
    ...message.extensions,
    role: message.role,
    content: encodeContent(message.content),
    reasoning_content: message.reasoning,
    tool_calls: message.toolCalls?.map(({ id, name, arguments: text }) => ({
      id,
      type: "function",
      function: { name, arguments: text },
    })),
    tool_call_id: message.toolCallId,
    name: message.name,
    refusal: message.refusal,
  });
}

/** One plain text goes as a string, which every vendor takes for every role. */
function encodeContent(parts: ContentPart[]): string | JsonObject[] | null {
  const [first] = parts;
  if (first === undefined) return null;
  if (parts.length === 1 && first.type === "text" && first.extensions === undefined) return first.text;
  return parts.map(encodePart);
}

function encodePart(part: ContentPart): JsonObject {
  if (part.type === "other") return part.value;
  if (part.type === "text") return { ...part.extensions, type: "text", text: part.text };
  return { ...part.extensions, type: "image_url", image_url: withoutUndefined({ url: part.url, detail: part.detail }) };
}

function encodeTool(tool: ToolDefinition): JsonObject {
  return { type: "function", function: { ...tool } };
}

function encodeToolChoice(choice: ToolChoice): string | JsonObject {
  return choice.type === "tool" ? { type: "function", function: { name: choice.name } } : choice.type;
}

function encodeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === "text") return { type: "text" };
  if (format.type === "json-object") return { type: "json_object" };
  const { type: _, ...schema } = format;
  return { type: "json_schema", json_schema: schema };
}

function unwrapSingle(values: (string | number[])[]): unknown {
  return values.length === 1 ? values[0] : values;
}

function withoutUndefined(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
