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
  ToolChoice,
  ToolDefinition,
} from "../../call/index.ts";
import { unreachable } from "../../base/assert.ts";
import type { EncodedRequest, Quirks } from "../dialect.ts";
import { isObject, type JsonObject } from "../read.ts";
import { dialectName } from "./shared-fields.ts";

/** The body of a call to a vendor. Decoding it gives the request again, but for what is listed as dropped. */
export function encodeRequest(decoded: NeutralRequest, target: { model: string; quirks: Quirks }): EncodedRequest {
  const dropped = new Set<string>();
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

function done(body: JsonObject, dropped: Set<string>): EncodedRequest {
  return { body, dropped: [...dropped] };
}

/** The body of `POST /v1/chat/completions`. Defaults are left out: not every vendor knows every field. */
export function encodeChatRequest(request: ChatRequest, quirks: Quirks = {}, dropped = new Set<string>()): JsonObject {
  const { tools, toolChoice, responseFormat, topLogprobs } = request;
  for (const { type } of request.hostedTools) dropped.add(`tools[].${type}`);
  const isOwn = request.dialect === dialectName;
  const messages = encodeMessages(request.messages, { isOwn, quirks, dropped });
  if (messages.length === 0)
    throw new SahabError("invalid_request", "messages: nothing is left to send", { param: "messages" });
  return withoutUndefined({
    ...encodeShared(request, quirks, dropped),
    messages,
    tools: tools.length === 0 ? undefined : tools.map((tool) => encodeTool(tool, { quirks, dropped })),
    tool_choice: toolChoice.type === "auto" || tools.length === 0 ? undefined : encodeToolChoice(toolChoice),
    parallel_tool_calls: request.parallelToolCalls ? undefined : false,
    response_format: responseFormat.type === "text" ? undefined : encodeResponseFormat(responseFormat),
    reasoning_effort: encodeEffort(request),
    [quirks.maxTokensField ?? "max_tokens"]: request.maxOutputTokens,
    logprobs: topLogprobs === undefined ? undefined : true,
    top_logprobs: topLogprobs || undefined,
  });
}

/** The body of the legacy `POST /v1/completions`. */
export function encodeCompletionRequest(
  request: CompletionRequest,
  quirks: Quirks = {},
  dropped = new Set<string>(),
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
export function encodeEmbeddingRequest(request: EmbeddingRequest, dropped = new Set<string>()): JsonObject {
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
  dropped: Set<string>;
}

function encodeShared(request: ChatRequest | CompletionRequest, quirks: Quirks, dropped: Set<string>): JsonObject {
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
  dropped: Set<string>,
): Record<string, unknown> {
  if (isOwn || !extensions) return extensions ?? {};
  for (const key of Object.keys(extensions)) dropped.add(prefix + key);
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

/** A budget in tokens has no place in this dialect; an effort does, and says about the same. */
function encodeEffort({ reasoning }: ChatRequest): string | undefined {
  if (reasoning.effort !== undefined) return reasoning.effort;
  return reasoning.budgetTokens === undefined ? undefined : effortOf(reasoning.budgetTokens);
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
      if (part.signature) dropped.add("messages[].signature");
      if (!part.signature?.isRedacted) reasoning.push(part.text);
    } else if (part.type === "refusal") refusals.push(part.text);
    else if (part.type === "tool-call")
      toolCalls.push({ id: part.id, type: "function", function: { name: part.name, arguments: part.arguments } });
    else if (!isDropped(part, context)) content.push(part);
  }
  if (message.isError) dropped.add("messages[].is_error");
  const hasSaid = content.length + reasoning.length + refusals.length + toolCalls.length > 0;
  if (!hasSaid && message.role !== "tool" && message.content.length > 0) return undefined;
  return withoutUndefined({
    ...ownExtensions(isOwn, message.extensions, "messages[].", dropped),
    role: message.role,
    content: encodeContent(content, context) ?? (message.role === "assistant" ? null : ""),
    reasoning_content: reasoning.length === 0 ? undefined : reasoning.join(""),
    tool_calls: toolCalls.length === 0 ? undefined : toolCalls,
    tool_call_id: message.toolCallId,
    name: message.name,
    refusal: refusals.length === 0 ? undefined : refusals.join(""),
  });
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

function encodeTool(tool: ToolDefinition, { quirks, dropped }: Pick<Context, "quirks" | "dropped">): JsonObject {
  const { cache, ...definition } = tool;
  if (cache && !quirks.takesCacheMarkers) dropped.add("tools[].cache_control");
  return {
    type: "function",
    function: { ...definition },
    ...(cache && quirks.takesCacheMarkers && { cache_control: cache }),
  };
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
