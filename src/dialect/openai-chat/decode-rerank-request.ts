import { limits } from "../../base/limits.ts";
import type { RerankDocument, RerankRequest } from "../../call/index.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  integerIn,
  invalidField,
  isObject,
  optional,
  otherFields,
  wrongType,
} from "../read.ts";
import { decodeModel, dialectName } from "./shared-fields.ts";

/** Reads the parsed body of `POST /v1/rerank`, in Jina's form or Cohere's, which name the same fields. Throws as `decodeChatRequest` does. */
export function decodeRerankRequest(body: unknown): RerankRequest {
  const value = asObject(body, "body");
  return {
    dialect: dialectName,
    model: decodeModel(value),
    query: asString(value["query"], "query"),
    documents: decodeDocuments(value["documents"], "documents"),
    topN: decodeTopN(value["top_n"], "top_n"),
    returnDocuments: optional(value["return_documents"], "return_documents", asBoolean),
    extensions: otherFields(value, knownFields) ?? {},
  };
}

const knownFields = new Set(["model", "query", "documents", "top_n", "return_documents"]);

export function decodeTopN(value: unknown, path: string): number | undefined {
  return optional(value, path, integerIn(1, Number.MAX_SAFE_INTEGER));
}

export function decodeDocuments(value: unknown, path: string): RerankDocument[] {
  const documents = asArray(value, path, limits.embeddingInputsMax);
  if (documents.length === 0) throw invalidField(path, "expected at least one document, found none");
  return documents.map((document, index) => {
    if (typeof document === "string" || isObject(document)) return document;
    throw wrongType(`${path}[${index}]`, "a text or an object", document);
  });
}
