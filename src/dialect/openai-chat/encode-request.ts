import { SahabError } from "../../base/errors.ts";
import {
  isMedia,
  Dropped,
  fieldName,
  findDropped,
  notCarried,
  type ChatMessage,
  type ChatRequest,
  type CompletionRequest,
  type EmbeddingRequest,
  type Lack,
  type NeutralRequest,
  type Part,
  type ResponseFormat,
  type ToolCallPart,
  type ToolChoice,
  type ToolDefinition,
} from "../../call/index.ts";
import { unreachable } from "../../base/assert.ts";
import type { EncodedRequest, Quirks } from "../dialect.ts";
import { CallIds, fixedId, shortId } from "../call-ids.ts";
import { encodeEffort } from "../encode-effort.ts";
import { encodeThinkingFields } from "../thinking-fields.ts";
import { invalidField, isObject, type JsonObject } from "../read.ts";
import { encodeRerankRequest } from "./encode-rerank.ts";
import { dialectName } from "./shared-fields.ts";
import { samplingWithout, type SamplingBeyond } from "../sampling-beyond.ts";
import { isOlderRerank, olderRerankVariant } from "./variants.ts";

/** The body of a call to a vendor. Decoding it gives the request again, but for what is listed as dropped. */
export function encodeRequest(decoded: NeutralRequest, target: { model: string; quirks: Quirks }): EncodedRequest {
  const { model, quirks } = target;
  switch (decoded.operation) {
    case "chat": {
      const dropped = findDropped(decoded.request, {
        dialect: dialectName,
        api,
        lacks: lacksOf(decoded.request, quirks),
      });
      const body = encodeChatRequest(decoded.request, quirks, dropped, model);
      body["model"] = model;
      return { body, dropped: dropped.list };
    }
    case "completion":
      return { body: { ...encodeCompletionRequest(decoded.request, quirks), model }, dropped: listForeign(decoded) };
    case "embedding":
      return { body: { ...encodeEmbeddingRequest(decoded.request), model }, dropped: listForeign(decoded) };
    case "rerank": {
      const variant = isOlderRerank(decoded.request) ? olderRerankVariant : undefined;
      return { body: { ...encodeRerankRequest(decoded.request), model }, dropped: listForeign(decoded), variant };
    }
    case "token-count":
      throw new SahabError("unsupported_operation", `${api} cannot count the tokens of a prompt`);
    default:
      return unreachable(decoded);
  }
}

/** A client of this dialect knows what its vendor takes. */
function lacksOf({ dialect }: ChatRequest, { takesCacheMarkers, takesSampling, thinking }: Quirks): ReadonlySet<Lack> {
  const isOwn = dialect === dialectName;
  if (isOwn && !thinking?.budgetField) return lacks;
  const known = new Set<Lack>(lacks);
  if (thinking?.budgetField) known.delete("reasoning-budget");
  if (isOwn) return known;
  if (!takesCacheMarkers) known.add("cache");
  for (const name of samplingWithout(takesSampling)) known.add(name);
  return known;
}

const lacks: ReadonlySet<Lack> = new Set<Lack>(["call-cache", "tool-error", "reasoning-budget", "idle-effort"]);
const api = "OpenAI's chat API";

function listForeign({ request: { dialect, extensions } }: NeutralRequest): string[] {
  const dropped = new Dropped();
  if (dialect !== dialectName) dropped.addFields("", extensions);
  return dropped.list;
}

/** The body of `POST /v1/chat/completions`. Defaults are left out: not every vendor knows every field. */
export function encodeChatRequest(
  request: ChatRequest,
  quirks: Quirks = {},
  dropped = new Dropped(),
  model = request.model,
): JsonObject {
  const { toolChoice, responseFormat, topLogprobs } = request;
  const isOwn = request.dialect === dialectName;
  const rest = isOwn ? request.extensions : {};
  const takesCache = isOwn || quirks.takesCacheMarkers === true;
  const { callIdChars } = quirks;
  const callIds = callIdChars === undefined ? undefined : new CallIds((id) => fixedId(id, callIdChars));
  const context: Context = { request, isOwn, takesCache, quirks, callIds };
  const tools = request.tools.map((tool) => encodeTool(tool, context));
  if (isOwn) tools.push(...request.hostedTools.map(({ value }) => value));
  const messages = encodeMessages(request.messages, context);
  if (messages.length === 0) throw invalidField(fieldName(request, "messages"), "nothing is left to send");
  return {
    ...encodeShared(request, quirks),
    messages,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice:
      toolChoice.type === "auto" || tools.length === 0 ? undefined : encodeToolChoice(toolChoice, rest["tool_choice"]),
    // Vendors refuse it without tools.
    parallel_tool_calls: request.parallelToolCalls || tools.length === 0 ? undefined : false,
    response_format:
      responseFormat.type === "text" && !rest["response_format"]
        ? undefined
        : encodeResponseFormat(responseFormat, rest["response_format"]),
    ...(quirks.thinking
      ? encodeThinkingFields(request, { model, fields: quirks.thinking }, dropped)
      : { reasoning_effort: encodeEffort(request, dropped) }),
    [quirks.maxTokensField ?? "max_tokens"]: request.maxOutputTokens,
    logprobs: topLogprobs === undefined ? undefined : true,
    top_logprobs: topLogprobs || undefined,
  };
}

/** The body of the legacy `POST /v1/completions`. */
export function encodeCompletionRequest(request: CompletionRequest, quirks: Quirks = {}): JsonObject {
  return {
    ...encodeShared(request, quirks),
    prompt: unwrapSingle(request.prompts),
    suffix: request.suffix,
    max_tokens: request.maxOutputTokens,
    logprobs: request.topLogprobs,
    echo: request.echo || undefined,
  };
}

/** The body of `POST /v1/embeddings`. */
export function encodeEmbeddingRequest(request: EmbeddingRequest): JsonObject {
  return {
    ...(request.dialect === dialectName && request.extensions),
    model: request.model,
    input: unwrapSingle(request.inputs),
    dimensions: request.dimensions,
    encoding_format: request.encoding === "float" ? undefined : request.encoding,
  };
}

interface Context {
  request: ChatRequest;
  /** The request came in this dialect, so that its extensions may travel. */
  isOwn: boolean;
  /** `cache_control` may travel on parts and tools. */
  takesCache: boolean;
  quirks: Quirks;
  /** Ids of calls as the vendor takes them; undefined where it takes any. */
  callIds: CallIds | undefined;
}

function encodeShared(request: ChatRequest | CompletionRequest, quirks: Quirks): JsonObject {
  const isOwn = request.dialect === dialectName;
  // What a client of this dialect asks for is the vendor's to judge.
  const sampling = isOwn ? request.sampling : withoutSome(request.sampling, samplingWithout(quirks.takesSampling));
  const extensions = isOwn ? request.extensions : undefined;
  const streamOptions = isObject(extensions?.["stream_options"]) ? extensions["stream_options"] : undefined;
  const shared: JsonObject = {
    model: request.model,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    [quirks.repeatPenaltyField ?? "repetition_penalty"]: sampling.repeatPenalty,
    stop: request.stop.length === 0 ? undefined : request.stop,
    n: request.choiceCount === 1 ? undefined : request.choiceCount,
    stream: request.stream || undefined,
    // Usage is asked for whether the client wants it or not: the ledger does.
    stream_options: request.stream ? { ...streamOptions, include_usage: true } : streamOptions,
  };
  return extensions ? { ...extensions, ...shared } : shared;
}

function withoutSome(sampling: ChatRequest["sampling"], lacking: readonly SamplingBeyond[]): ChatRequest["sampling"] {
  if (!lacking.some((key) => sampling[key] !== undefined)) return sampling;
  const rest = { ...sampling };
  for (const key of lacking) delete rest[key];
  return rest;
}

/** Images that a tool answered with go into a user's message behind all answers of the turn: the dialect takes them from users only. */
function encodeMessages(messages: readonly ChatMessage[], context: Context): JsonObject[] {
  const encoded: JsonObject[] = [];
  let images: Part[] = [];
  const flush = () => {
    if (images.length > 0) encoded.push({ role: "user", content: encodeContent(images, context) });
    images = [];
  };
  for (const message of messages) {
    let { content } = message;
    if (message.role !== "tool") flush();
    else if (content.some(isImage)) {
      images.push(...content.filter(isImage));
      content = content.filter((part) => !isImage(part));
    }
    const one = encodeMessage(message, content, context);
    if (one) encoded.push(one);
  }
  flush();
  return encoded;
}

function isImage({ type }: Part): boolean {
  return type === "image";
}

/** A message with these parts; undefined where nothing of it can be said in this dialect. */
function encodeMessage(message: ChatMessage, parts: readonly Part[], context: Context): JsonObject | undefined {
  const { isOwn, callIds } = context;
  if (message.role === "assistant") callIds?.beginTurn();
  let reasoning: string | undefined;
  let refusal: string | undefined;
  const toolCalls: JsonObject[] = [];
  const content: Part[] = [];
  for (const part of parts) {
    if (part.type === "reasoning") {
      if (!part.signature?.isRedacted) reasoning = (reasoning ?? "") + part.text;
    } else if (part.type === "refusal") refusal = (refusal ?? "") + part.text;
    else if (part.type === "tool-call") toolCalls.push(encodeToolCall(part, context));
    else if (part.type !== "other" || isOwn) content.push(part);
    else refuseMedia(part.value, context.request);
  }
  if (toolCalls.length > 0 && context.quirks.demandsReasoning) reasoning ??= "";
  const hasSaid = content.length + toolCalls.length > 0 || reasoning !== undefined || refusal !== undefined;
  if (!hasSaid && message.role !== "tool" && (parts.length > 0 || !isOwn)) return undefined;
  const encoded: JsonObject = {
    role: message.role,
    content: encodeContent(content, context) ?? (message.role === "assistant" ? null : ""),
    ...encodeReasoning(reasoning, context.quirks),
    tool_calls: toolCalls.length === 0 ? undefined : toolCalls,
    tool_call_id:
      message.toolCallId === undefined || (isOwn && !callIds)
        ? message.toolCallId
        : (callIds?.ofResult(message.toolCallId) ?? shortId(message.toolCallId, idCharsMax)),
    name: message.name,
    refusal,
  };
  return isOwn && message.extensions ? { ...message.extensions, ...encoded } : encoded;
}

function encodeReasoning(text: string | undefined, { reasoningField = "reasoning_content" }: Quirks): JsonObject {
  if (text === undefined || reasoningField === "none") return {};
  return { [reasoningField]: reasoningField === "reasoning_details" ? [{ type: "reasoning.text", text }] : text };
}

function encodeToolCall(part: ToolCallPart, { isOwn, callIds }: Context): JsonObject {
  const { function: inside, ...beside } = (isOwn && part.extensions) || {};
  const called = { name: part.name, arguments: part.arguments };
  const id = callIds?.ofCall(part.id) ?? (isOwn ? part.id : shortId(part.id, idCharsMax));
  return { ...beside, id, type: "function", function: { ...(isObject(inside) && inside), ...called } };
}

/** OpenAI refuses longer ids of calls. They may repeat: results follow their calls, and some models want their own ids back (`functions.list_dir:0`). */
const idCharsMax = 40;

function refuseMedia(value: JsonObject, request: ChatRequest): void {
  if (!isMedia(value)) return;
  const path = `messages[].content[].${String(value["type"]).slice(0, 60)}`;
  throw notCarried(request, path, "the model's vendor takes no such part");
}

/** One plain text goes as a string, which every vendor takes for every role. */
function encodeContent(parts: readonly Part[], context: Context): string | JsonObject[] | null {
  const [first] = parts;
  if (first === undefined) return null;
  const isPlain =
    parts.length === 1 &&
    first.type === "text" &&
    !(context.isOwn && first.extensions) &&
    !(context.takesCache && first.cache);
  return isPlain ? first.text : parts.map((part) => encodePart(part, context));
}

function encodePart(part: Part, { isOwn, takesCache }: Context): JsonObject {
  if (part.type === "other") return part.value;
  if (part.type !== "text" && part.type !== "image") throw new Error(`a ${part.type} is no part of the content`);
  const own = { ...(isOwn && part.extensions), ...(takesCache && part.cache && { cache_control: part.cache }) };
  if (part.type === "text") return { ...own, type: "text", text: part.text };
  return { ...own, type: "image_url", image_url: { url: part.url, detail: part.detail } };
}

function encodeTool(tool: ToolDefinition, { isOwn, takesCache }: Context): JsonObject {
  const { cache, extensions, parametersJson: _, ...definition } = tool;
  const { function: inside, ...beside } = (isOwn && extensions) || {};
  return {
    ...beside,
    type: "function",
    function: { ...(isObject(inside) && inside), ...definition },
    ...(cache && takesCache && { cache_control: cache }),
  };
}

/** `rest`, here and below: what the client's own field has beside what the neutral call names. */
function encodeToolChoice(choice: ToolChoice, rest: unknown): string | JsonObject {
  if (choice.type !== "tool") return choice.type;
  const { function: inside, ...beside } = isObject(rest) ? rest : {};
  return { ...beside, type: "function", function: { ...(isObject(inside) && inside), name: choice.name } };
}

function encodeResponseFormat(format: ResponseFormat, rest: unknown): JsonObject {
  const { json_schema: inside, ...beside } = isObject(rest) ? rest : {};
  if (format.type === "text") return { ...beside, type: "text" };
  if (format.type === "json-object") return { ...beside, type: "json_object" };
  const { type: _, ...schema } = format;
  return { ...beside, type: "json_schema", json_schema: { ...(isObject(inside) && inside), ...schema } };
}

function unwrapSingle(values: (string | number[])[]): unknown {
  return values.length === 1 ? values[0] : values;
}
