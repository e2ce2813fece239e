import { SahabError } from "../../base/errors.ts";
import type {
  ChatMessage,
  ChatRequest,
  CompletionRequest,
  EmbeddingRequest,
  NeutralRequest,
  Part,
  ResponseFormat,
  Sampling,
  ToolCallPart,
  ToolChoice,
  ToolDefinition,
} from "../../call/index.ts";
import { unreachable } from "../../base/assert.ts";
import type { EncodedRequest, Quirks } from "../dialect.ts";
import { Dropped } from "../dropped.ts";
import { isObject, type JsonObject, withoutUndefined } from "../read.ts";
import { refuseForcedHostedTool } from "../refuse-forced-tool.ts";
import { dialectName } from "./shared-fields.ts";

/** The body of a call to a vendor. Decoding it gives the request again, but for what is listed as dropped. */
export function encodeRequest(decoded: NeutralRequest, target: { model: string; quirks: Quirks }): EncodedRequest {
  const dropped = new Dropped();
  const model = { model: target.model };
  switch (decoded.operation) {
    case "chat":
      return done({ ...encodeChatRequest(decoded.request, target.quirks, dropped), ...model }, dropped);
    case "completion":
      return done({ ...encodeCompletionRequest(decoded.request, target.quirks, dropped), ...model }, dropped);
    case "embedding":
      return done({ ...encodeEmbeddingRequest(decoded.request, dropped), ...model }, dropped);
    case "token-count":
      throw new SahabError("unsupported_operation", "OpenAI's chat API cannot count the tokens of a prompt");
    default:
      return unreachable(decoded);
  }
}

function done(body: JsonObject, dropped: Dropped): EncodedRequest {
  return { body, dropped: dropped.list };
}

/** The body of `POST /v1/chat/completions`. Defaults are left out: not every vendor knows every field. */
export function encodeChatRequest(request: ChatRequest, quirks: Quirks = {}, dropped = new Dropped()): JsonObject {
  const { tools, toolChoice, responseFormat, topLogprobs } = request;
  for (const { type } of request.hostedTools) dropped.add(`tools[].${type}`);
  refuseForcedHostedTool(request);
  const isOwn = request.dialect === dialectName;
  const rest = isOwn ? request.extensions : {};
  const messages = encodeMessages(request.messages, { isOwn, quirks, dropped });
  if (messages.length === 0)
    throw new SahabError("invalid_request", "messages: nothing is left to send", { param: "messages" });
  return withoutUndefined({
    ...encodeShared(request, quirks, dropped),
    messages,
    tools: tools.length === 0 ? undefined : tools.map((tool) => encodeTool(tool, { isOwn, quirks, dropped })),
    tool_choice:
      toolChoice.type === "auto" || tools.length === 0 ? undefined : encodeToolChoice(toolChoice, rest["tool_choice"]),
    parallel_tool_calls: request.parallelToolCalls ? undefined : false,
    response_format:
      responseFormat.type === "text" && !rest["response_format"]
        ? undefined
        : encodeResponseFormat(responseFormat, rest["response_format"]),
    reasoning_effort: encodeEffort(request, dropped),
    [quirks.maxTokensField ?? "max_tokens"]: request.maxOutputTokens,
    logprobs: topLogprobs === undefined ? undefined : true,
    top_logprobs: topLogprobs || undefined,
  });
}

/** The body of the legacy `POST /v1/completions`. */
export function encodeCompletionRequest(
  request: CompletionRequest,
  quirks: Quirks = {},
  dropped = new Dropped(),
): JsonObject {
  return withoutUndefined({
    ...encodeShared(request, quirks, dropped),
    prompt: unwrapSingle(request.prompts),
    suffix: request.suffix,
    max_tokens: request.maxOutputTokens,
    logprobs: request.topLogprobs,
    echo: request.echo || undefined,
  });
}

/** The body of `POST /v1/embeddings`. */
export function encodeEmbeddingRequest(request: EmbeddingRequest, dropped = new Dropped()): JsonObject {
  return withoutUndefined({
    ...ownExtensions(request.dialect === dialectName, request.extensions, "", dropped),
    model: request.model,
    input: unwrapSingle(request.inputs),
    dimensions: request.dimensions,
    encoding_format: request.encoding === "float" ? undefined : request.encoding,
  });
}

interface Context {
  /** The request came in this dialect, so that its extensions may travel. */
  isOwn: boolean;
  quirks: Quirks;
  dropped: Dropped;
}

function encodeShared(request: ChatRequest | CompletionRequest, quirks: Quirks, dropped: Dropped): JsonObject {
  const extensions = ownExtensions(request.dialect === dialectName, request.extensions, "", dropped);
  const streamOptions = isObject(extensions["stream_options"]) ? extensions["stream_options"] : undefined;
  return {
    ...extensions,
    model: request.model,
    ...encodeSampling(request.sampling, quirks),
    stop: request.stop.length === 0 ? undefined : request.stop,
    n: request.choiceCount === 1 ? undefined : request.choiceCount,
    stream: request.stream || undefined,
    // Usage is asked for whether the client wants it or not: the ledger does.
    stream_options: request.stream ? { ...streamOptions, include_usage: true } : streamOptions,
  };
}

/** Fields of another dialect mean nothing here; they are dropped and listed. */
function ownExtensions(
  isOwn: boolean,
  extensions: Record<string, unknown> | undefined,
  prefix: string,
  dropped: Dropped,
): Record<string, unknown> {
  if (isOwn) return extensions ?? {};
  dropped.addKeys(prefix, extensions);
  return {};
}

function encodeSampling(sampling: Sampling, quirks: Quirks): JsonObject {
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    [quirks.repeatPenaltyField ?? "repetition_penalty"]: sampling.repeatPenalty,
  };
}

/**
 * A budget in tokens has no place in this dialect; an effort does, and says about the same. Nor has a plain on or off: servers
 * that do not know the effort `none` answer it with 400, so that it is sent only where the client says it.
 */
function encodeEffort({ reasoning }: ChatRequest, dropped: Dropped): string | undefined {
  const { enabled, effort, budgetTokens } = reasoning;
  if (budgetTokens !== undefined) dropped.add("thinking.budget_tokens");
  if (enabled === false && effort !== "none") {
    dropped.add("thinking");
    if (effort !== undefined) dropped.add("output_config.effort");
    return undefined;
  }
  const encoded = effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens));
  if (enabled !== undefined && encoded === undefined) dropped.add("thinking");
  return encoded;
}

/** Ours, halfway between the budgets that the Messages dialect gives to the efforts. */
function effortOf(budgetTokens: number): string {
  if (budgetTokens <= 2_048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
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
    const isTool = message.role === "tool";
    if (!isTool) flush();
    else images.push(...message.content.filter((part) => part.type === "image"));
    const content = isTool ? message.content.filter((part) => part.type !== "image") : message.content;
    const one = encodeMessage({ ...message, content }, context);
    if (one) encoded.push(one);
  }
  flush();
  return encoded;
}

/** Undefined where nothing of the message can be said in this dialect. */
function encodeMessage(message: ChatMessage, context: Context): JsonObject | undefined {
  const { isOwn, dropped } = context;
  const reasoning: string[] = [];
  const refusals: string[] = [];
  const toolCalls: JsonObject[] = [];
  const content: Part[] = [];
  for (const part of message.content) {
    if (part.type === "reasoning") {
      if (part.signature) dropped.add(`messages[].content[].${part.signature.isRedacted ? "data" : "signature"}`);
      if (!part.signature?.isRedacted) reasoning.push(part.text);
    } else if (part.type === "refusal") refusals.push(part.text);
    else if (part.type === "tool-call") toolCalls.push(encodeToolCall(part, context));
    else if (!isDropped(part, context)) content.push(part);
  }
  if (message.isError) dropped.add("messages[].content[].is_error");
  // A tool's answer is a block of a message where it comes from.
  const prefix = message.role === "tool" ? "messages[].content[]." : "messages[].";
  const extensions = ownExtensions(isOwn, message.extensions, prefix, dropped);
  const hasSaid = content.length + reasoning.length + refusals.length + toolCalls.length > 0;
  if (!hasSaid && message.role !== "tool" && (message.content.length > 0 || !isOwn)) return undefined;
  return withoutUndefined({
    ...extensions,
    role: message.role,
    content: encodeContent(content, context) ?? (message.role === "assistant" ? null : ""),
    reasoning_content: reasoning.length === 0 ? undefined : reasoning.join(""),
    tool_calls: toolCalls.length === 0 ? undefined : toolCalls,
    tool_call_id: message.toolCallId,
    name: message.name,
    refusal: refusals.length === 0 ? undefined : refusals.join(""),
  });
}

function encodeToolCall(part: ToolCallPart, { isOwn, dropped }: Context): JsonObject {
  if (part.cache) dropped.add("messages[].content[].cache_control");
  const { function: inside, ...beside } = ownExtensions(isOwn, part.extensions, "messages[].content[].", dropped);
  const called = { name: part.name, arguments: part.arguments };
  return { ...beside, id: part.id, type: "function", function: { ...(isObject(inside) && inside), ...called } };
}

/** Parts of another dialect's own kinds. Media change the answer, so they are refused; the rest is dropped and listed. */
function isDropped(part: Part, { isOwn, dropped }: Context): boolean {
  if (part.type !== "other" || isOwn) return false;
  const type = typeof part.value["type"] === "string" ? part.value["type"] : "unknown";
  if (/document|file|audio|video|image/.test(type))
    throw new SahabError(
      "unsupported_parameter",
      `messages[].content[].${type}: the model's vendor takes no such part`,
      {
        param: `messages[].content[].${type}`,
      },
    );
  dropped.add(`messages[].content[].${type}`);
  return true;
}

/** One plain text goes as a string, which every vendor takes for every role. */
function encodeContent(parts: readonly Part[], context: Context): string | JsonObject[] | null {
  const [first] = parts;
  if (first === undefined) return null;
  const isPlain = (part: Part) =>
    part.type === "text" &&
    (part.extensions === undefined || !context.isOwn) &&
    !(part.cache && (context.isOwn || context.quirks.takesCacheMarkers));
  if (parts.length === 1 && first.type === "text" && isPlain(first)) {
    listDropped(first, context);
    return first.text;
  }
  return parts.map((part) => encodePart(part, context));
}

function encodePart(part: Part, context: Context): JsonObject {
  if (part.type === "other") return part.value;
  if (part.type !== "text" && part.type !== "image") throw new Error(`a ${part.type} is no part of the content`);
  const own = {
    ...(context.isOwn && part.extensions),
    ...(part.cache && (context.isOwn || context.quirks.takesCacheMarkers) && { cache_control: part.cache }),
  };
  listDropped(part, context);
  if (part.type === "text") return { ...own, type: "text", text: part.text };
  return { ...own, type: "image_url", image_url: withoutUndefined({ url: part.url, detail: part.detail }) };
}

function listDropped(
  part: { cache?: unknown; extensions?: Record<string, unknown> },
  { isOwn, quirks, dropped }: Context,
): void {
  if (isOwn) return;
  if (part.cache && !quirks.takesCacheMarkers) dropped.add("messages[].content[].cache_control");
  ownExtensions(false, part.extensions, "messages[].content[].", dropped);
}

function encodeTool(tool: ToolDefinition, { isOwn, quirks, dropped }: Context): JsonObject {
  const { cache, extensions, ...definition } = tool;
  const { function: inside, ...beside } = ownExtensions(isOwn, extensions, "tools[].", dropped);
  const takesCache = isOwn || quirks.takesCacheMarkers;
  if (cache && !takesCache) dropped.add("tools[].cache_control");
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
