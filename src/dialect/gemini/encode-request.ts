import { unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import {
  Dropped,
  fieldName,
  findDropped,
  type ChatRequest,
  type EmbeddingRequest,
  type Lack,
  type NeutralRequest,
  type ToolDefinition,
} from "../../call/index.ts";
import type { EncodedRequest } from "../dialect.ts";
import { invalidField, isObject, type JsonObject } from "../read.ts";
import { resourceOf } from "./addresses.ts";
import { encodeContents } from "./encode-contents.ts";
import { encodeThinking } from "./encode-thinking.ts";
import { dialectName } from "./shared-fields.ts";

const lacksOfOwn: Lack[] = [
  "message-name",
  "image-detail",
  "cache",
  "call-cache",
  "format-name",
  "format-description",
  "minP",
  "repeatPenalty",
  "parallel-calls-off",
];
const api = "Google's API";
const ownLacks: ReadonlySet<Lack> = new Set(lacksOfOwn);
/** Google's own clients may send back a thought without a proof; another model's thoughts are nothing to Google's. */
const foreignLacks: ReadonlySet<Lack> = new Set<Lack>([...lacksOfOwn, "unsigned-reasoning", "idle-effort"]);

/**
 * The body of a call to Google. Decoding it gives the request again, but for what is listed as dropped, empty texts, and turns
 * of one role that follow each other, which become one. Streams are asked for in the address.
 */
export function encodeRequest(decoded: NeutralRequest, { model }: { model: string }): EncodedRequest {
  const { operation } = decoded;
  switch (operation) {
    case "chat":
      return encodeChat(decoded.request, model);
    case "token-count": {
      const { body, dropped } = encodeChat(decoded.request, model);
      return { body: { generateContentRequest: { model: resourceOf(model), ...body } }, dropped };
    }
    case "embedding":
      return encodeEmbeddings(decoded.request, model);
    case "completion":
    case "rerank":
      throw new SahabError("unsupported_operation", `Google's API has no operation ${operation}`);
    default:
      return unreachable(decoded);
  }
}

function encodeChat(request: ChatRequest, model: string): EncodedRequest {
  const isOwn = request.dialect === dialectName;
  const dropped = findDropped(request, { dialect: dialectName, api, lacks: isOwn ? ownLacks : foreignLacks });
  const extensions = isOwn ? request.extensions : {};
  const { systemInstruction, contents } = encodeContents(request, model);
  if (contents.length === 0)
    throw invalidField(fieldName(request, "messages"), "expected at least one message with content, found none");
  const functions = request.tools.map((tool) => encodeTool(tool, isOwn));
  const tools = [
    ...(functions.length > 0 ? [{ functionDeclarations: functions }] : []),
    ...(isOwn ? request.hostedTools.map(({ value }) => value) : []),
  ];
  const body: JsonObject = {
    ...extensions,
    contents,
    systemInstruction,
    tools: tools.length === 0 ? undefined : tools,
    toolConfig: encodeToolConfig(request, extensions["toolConfig"]),
    generationConfig: encodeConfig(request, model, dropped),
  };
  return { body, dropped: dropped.list };
}

function encodeTool({ name, description, parameters, extensions }: ToolDefinition, isOwn: boolean): JsonObject {
  return { ...(isOwn && extensions), name, description, parametersJsonSchema: parameters };
}

/** A function whose schema is strict is held to it by the mode `VALIDATED`, which leaves the choice to the model. */
function encodeToolConfig({ tools, toolChoice }: ChatRequest, rest: unknown): JsonObject | undefined {
  const own = isObject(rest) ? rest : {};
  const calling = isObject(own["functionCallingConfig"]) ? own["functionCallingConfig"] : {};
  const isStrict = toolChoice.type === "auto" && tools.some(({ strict }) => strict);
  const mode = isStrict ? "VALIDATED" : modes[toolChoice.type];
  const names = toolChoice.type === "tool" ? { allowedFunctionNames: [toolChoice.name] } : {};
  const config = { ...(mode !== undefined && tools.length > 0 && { mode, ...names }), ...calling };
  if (Object.keys(config).length > 0) return { ...own, functionCallingConfig: config };
  return Object.keys(own).length > 0 ? own : undefined;
}

const modes = { auto: undefined, none: "NONE", required: "ANY", tool: "ANY" } as const;

function encodeConfig(request: ChatRequest, model: string, dropped: Dropped): JsonObject | undefined {
  const { sampling, responseFormat: format, topLogprobs } = request;
  const isOwn = request.dialect === dialectName;
  const rest = isOwn && isObject(request.extensions["generationConfig"]) ? request.extensions["generationConfig"] : {};
  const config: JsonObject = {
    ...rest,
    temperature: sampling.temperature,
    topP: sampling.topP,
    topK: sampling.topK,
    seed: sampling.seed,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
    candidateCount: request.choiceCount === 1 ? undefined : request.choiceCount,
    maxOutputTokens: request.maxOutputTokens,
    stopSequences: request.stop.length === 0 ? undefined : request.stop,
    responseMimeType: format.type === "text" ? undefined : "application/json",
    responseJsonSchema: format.type === "json-schema" ? format.schema : undefined,
    responseLogprobs: topLogprobs === undefined ? undefined : true,
    logprobs: topLogprobs || undefined,
    thinkingConfig: encodeThinking(request, model, dropped),
  };
  return Object.values(config).every((field) => field === undefined) ? undefined : config;
}

/** Always a list, so that one answer is read in one way. */
function encodeEmbeddings(request: EmbeddingRequest, model: string): EncodedRequest {
  const isOwn = request.dialect === dialectName;
  const dropped = new Dropped();
  if (!isOwn) dropped.addFields("", request.extensions);
  const requests = request.inputs.map((input) => {
    if (typeof input !== "string")
      throw new SahabError("unsupported_parameter", "input: Google's models embed texts, not lists of tokens", {
        param: "input",
      });
    return {
      ...(isOwn && request.extensions),
      model: resourceOf(model),
      content: { parts: [{ text: input }] },
      outputDimensionality: request.dimensions,
    };
  });
  return { body: { requests }, dropped: dropped.list };
}
