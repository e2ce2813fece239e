import { SahabError } from "../../base/errors.ts";
import {
  Dropped,
  noUsage,
  type AnswerEvent,
  type NamedPlaces,
  type RerankDocument,
  type RerankRequest,
  type Usage,
} from "../../call/index.ts";
import type { AnswerKind, EncodedRequest } from "../dialect.ts";
import { decodeDocuments, decodeTopN } from "../openai-chat/decode-rerank-request.ts";
import { decodeRerankResponse as decodeJinaResponse } from "../openai-chat/decode-rerank-response.ts";
import { encodeResults } from "../openai-chat/encode-rerank.ts";
import { asBoolean, asString, isObject, optional, type JsonObject } from "../read.ts";
import { saysError } from "../vendor-error.ts";
import { dialectName, readParts } from "./shared-fields.ts";

// Reranking in the native API (https://help.aliyun.com/zh/model-studio/text-rerank-api): Jina's fields at other places.

/** Reads the parsed body of a native rerank. Throws as `decodeRequest` does. */
export function decodeRerankRequest(body: unknown): RerankRequest {
  const { value, input, parameters, extensions } = readParts(body, knownFields);
  return {
    dialect: dialectName,
    places,
    model: asString(value["model"], "model"),
    query: readQuery(input["query"]),
    documents: decodeDocuments(input["documents"], "input.documents"),
    topN: decodeTopN(parameters["top_n"], "parameters.top_n"),
    returnDocuments: optional(parameters["return_documents"], "parameters.return_documents", asBoolean),
    extensions,
  };
}

const places: NamedPlaces = {
  names: { query: "input.query", "documents[]": "input.documents[]", "documents[].": "input.documents[]." },
};

const knownFields = {
  input: new Set(["query", "documents"]),
  parameters: new Set(["top_n", "return_documents"]),
};

/** Models that read images take a query as an object; only its text has a place elsewhere. */
function readQuery(query: unknown): string {
  if (!isObject(query)) return asString(query, "input.query");
  const { text, ...others } = query;
  const [other] = Object.keys(others);
  if (other === undefined) return asString(text, "input.query.text");
  const param = `input.query.${other.slice(0, 60)}`;
  throw new SahabError("unsupported_parameter", `${param}: the model's vendor takes a text only`, { param });
}

export function encodeRerankRequest(request: RerankRequest, model: string): EncodedRequest {
  const { dialect, query, documents, topN, returnDocuments, extensions } = request;
  const isOwn = dialect === dialectName;
  const dropped = new Dropped();
  if (!isOwn) dropped.addFields("", extensions);
  const { input, parameters, ...rest } = isOwn ? extensions : {};
  return {
    body: {
      ...rest,
      model,
      input: { ...(isObject(input) && input), query, documents: documents.map(plainText) },
      parameters: { ...(isObject(parameters) && parameters), top_n: topN, return_documents: returnDocuments },
    },
    dropped: dropped.list,
  };
}

/** Most of the models know texts only. */
function plainText(document: RerankDocument): RerankDocument {
  if (typeof document === "string") return document;
  const { text, ...others } = document;
  return typeof text === "string" && Object.keys(others).length === 0 ? text : document;
}

/** Decodes a native order of documents. Throws what Jina's decoder throws. */
export function decodeRerankResponse(json: unknown, kind: AnswerKind): AnswerEvent[] {
  if (!isObject(json) || saysError(json) || !isObject(json["output"])) return decodeJinaResponse(json, kind);
  const { output, usage } = json;
  return decodeJinaResponse({ results: output["results"], model: kind.model, usage }, kind);
}

interface EncodeOptions {
  requestId: string;
  usageExtra?: (usage: Usage) => JsonObject;
}

export function encodeRerankResponse(
  events: readonly AnswerEvent[],
  { requestId, usageExtra }: EncodeOptions,
): JsonObject {
  const usage = events.findLast((event) => event.type === "usage")?.usage ?? noUsage;
  return {
    output: { results: encodeResults(events) },
    usage: { total_tokens: usage.inputTokens, ...usageExtra?.(usage) },
    request_id: requestId,
  };
}
