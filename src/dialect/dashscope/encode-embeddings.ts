import { noUsage, type AnswerEvent, type Usage } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";

interface EncodeOptions {
  requestId: string;
  usageExtra?: (usage: Usage) => JsonObject;
}

/** A native answer to a text embedding. */
export function encodeEmbeddings(events: readonly AnswerEvent[], { requestId, usageExtra }: EncodeOptions): JsonObject {
  const vectors = events.find((event) => event.type === "vectors")?.vectors ?? [];
  const usage = events.findLast((event) => event.type === "usage")?.usage ?? noUsage;
  return {
    output: { embeddings: vectors.map((vector, index) => ({ text_index: index, embedding: Array.from(vector) })) },
    usage: { total_tokens: usage.inputTokens, ...usageExtra?.(usage) },
    request_id: requestId,
  };
}
