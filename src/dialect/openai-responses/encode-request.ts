import { SahabError } from "../../base/errors.ts";
import {
  fieldName,
  findDropped,
  type ChatRequest,
  type Lack,
  type NeutralRequest,
  type Refusals,
  type ResponseFormat,
  type ToolDefinition,
} from "../../call/index.ts";
import type { EncodedRequest, Quirks } from "../dialect.ts";
import { encodeVendorEffort } from "../encode-effort.ts";
import { invalidField, isObject, type JsonObject } from "../read.ts";
import { encodeInput } from "./encode-input.ts";
import { dialectName, encryptedReasoning, includedLogprobs, isReasoningModel } from "./shared-fields.ts";

const api = "OpenAI's Responses API";

const ownLacks: ReadonlySet<Lack> = new Set<Lack>([
  "cache",
  "call-cache",
  "message-name",
  "tool-error",
  "unsigned-reasoning",
  "reasoning-budget",
  "idle-effort",
  "topK",
  "minP",
  "seed",
  "repeatPenalty",
]);
/** A client of this dialect knows what its vendor takes. */
const lacks: ReadonlySet<Lack> = new Set<Lack>([...ownLacks, "frequencyPenalty", "presencePenalty"]);
const refuses: Refusals = {
  choices: `models of ${api} do not have it`,
  stop: `models of ${api} do not have it`,
};

/**
 * The body of `POST /v1/responses`, or of `/v1/responses/input_tokens`. The vendor is never asked to keep anything. Decoding it
 * gives the request again, but for what is listed as dropped and what `encodeInput` names.
 */
export function encodeRequest(decoded: NeutralRequest, target: { model: string; quirks?: Quirks }): EncodedRequest {
  const { model } = target;
  const { operation } = decoded;
  if (operation !== "chat" && operation !== "token-count")
    throw new SahabError("unsupported_operation", `${api} has no operation ${operation}`);
  const { request } = decoded;
  const isOwn = request.dialect === dialectName;
  const dropped = findDropped(request, { dialect: dialectName, api, refuses, lacks: isOwn ? ownLacks : lacks });
  const extensions = isOwn ? request.extensions : {};
  const input = encodeInput(request);
  if (input.length === 0)
    throw invalidField(fieldName(request, "messages"), "expected at least one message with content, found none");
  const tools = [
    ...request.tools.map((tool) => encodeTool(tool, isOwn)),
    ...(isOwn ? request.hostedTools.map(({ value }) => value) : []),
  ];
  const effort = encodeVendorEffort(request, target, dropped);
  const body: JsonObject = {
    ...extensions,
    model,
    input,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : encodeToolChoice(request),
    parallel_tool_calls: request.parallelToolCalls || tools.length === 0 ? undefined : false,
    reasoning: withRest(extensions["reasoning"], effort === undefined ? undefined : { effort }),
    text: withRest(extensions["text"], encodeFormat(request.responseFormat)),
  };
  // Counting takes no more than this.
  if (operation === "token-count") return { body, dropped: dropped.list };
  const { sampling, topLogprobs } = request;
  Object.assign(body, {
    max_output_tokens: request.maxOutputTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    ...(isOwn && { frequency_penalty: sampling.frequencyPenalty, presence_penalty: sampling.presencePenalty }),
    top_logprobs: topLogprobs || undefined,
    include: encodeIncludes(request, model, extensions["include"]),
    store: false,
    stream: request.stream || undefined,
  });
  return { body, dropped: dropped.list };
}

/** What the neutral call names of an object, with what it does not. */
function withRest(rest: unknown, known: JsonObject | undefined): JsonObject | undefined {
  return isObject(rest) ? { ...rest, ...known } : known;
}

/** Without it nothing of the model's reasoning could be sent back, since nothing is kept. */
function encodeIncludes(request: ChatRequest, model: string, rest: unknown): unknown[] | undefined {
  const { reasoning, topLogprobs } = request;
  const mayReason = isReasoningModel(model) || (reasoning.effort ?? "none") !== "none" || reasoning.enabled === true;
  const all = [
    ...(Array.isArray(rest) ? (rest as unknown[]) : []),
    ...(mayReason ? [encryptedReasoning] : []),
    ...(topLogprobs === undefined ? [] : [includedLogprobs]),
  ];
  return all.length === 0 ? undefined : all;
}

function encodeTool({ name, description, parameters, strict, extensions }: ToolDefinition, isOwn: boolean): JsonObject {
  return {
    ...(isOwn && extensions),
    type: "function",
    name,
    description,
    parameters: parameters ?? { type: "object", properties: {} },
    // Here the default is strict, elsewhere it is not.
    strict: strict ?? (isOwn ? undefined : false),
  };
}

function encodeToolChoice({ toolChoice, hostedTools }: ChatRequest): string | JsonObject | undefined {
  if (toolChoice.type === "auto") return undefined;
  if (toolChoice.type !== "tool") return toolChoice.type;
  const { name } = toolChoice;
  return hostedTools.some(({ type }) => type === name) ? { type: name } : { type: "function", name };
}

function encodeFormat(format: ResponseFormat): JsonObject | undefined {
  if (format.type === "text") return undefined;
  if (format.type === "json-object") return { format: { type: "json_object" } };
  const { name, description, schema, strict } = format;
  return { format: { type: "json_schema", name, description, schema, strict } };
}
