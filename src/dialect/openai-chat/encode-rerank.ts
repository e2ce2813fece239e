import { must } from "../../base/assert.ts";
import { noUsage, type AnswerEvent, type RerankDocument, type RerankRequest, type Usage } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";
import { dialectName } from "./shared-fields.ts";

/** The body of `POST /v1/rerank`. */
export function encodeRerankRequest(request: RerankRequest): JsonObject {
  return {
    ...(request.dialect === dialectName && request.extensions),
    query: request.query,
    documents: request.documents,
    top_n: request.topN,
    return_documents: request.returnDocuments,
  };
}

interface EncodeOptions {
  requestId: string;
  usageExtra?: (usage: Usage) => JsonObject;
}

/** The order of documents in a form that clients of Jina and Cohere read alike. */
export function encodeRerankResponse(
  events: readonly AnswerEvent[],
  { requestId, usageExtra }: EncodeOptions,
): JsonObject {
  const { model } = rankingOf(events);
  const usage = events.findLast((event) => event.type === "usage")?.usage ?? noUsage;
  const { inputTokens } = usage;
  return {
    id: requestId,
    object: "list",
    model,
    results: encodeResults(events),
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens, ...usageExtra?.(usage) },
  };
}

/** The list of results, which DashScope has in the same form. */
export function encodeResults(events: readonly AnswerEvent[]): JsonObject[] {
  return rankingOf(events).results.map(({ index, score, document }) => ({
    index,
    relevance_score: score,
    ...(document !== undefined && { document: encodeDocument(document) }),
  }));
}

function encodeDocument(document: RerankDocument): JsonObject {
  return typeof document === "string" ? { text: document } : document;
}

function rankingOf(events: readonly AnswerEvent[]): Extract<AnswerEvent, { type: "ranking" }> {
  return must(
    events.find((event) => event.type === "ranking"),
    "an answer to a rerank has a ranking",
  );
}
