import { must } from "../../base/assert.ts";
import { noUsage, type AnswerEvent, type Usage } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";

/** OpenAI's list of embeddings. Base64 is of little-endian float32, which is how every machine that we run on keeps them. */
export function encodeEmbeddingResponse(
  events: readonly AnswerEvent[],
  encoding: "float" | "base64",
  options: { usageExtra?: (usage: Usage) => JsonObject } = {},
): JsonObject {
  const result = must(
    events.find((event) => event.type === "vectors"),
    "an answer to embeddings has vectors",
  );
  const usage = events.findLast((event) => event.type === "usage")?.usage ?? noUsage;
  return {
    object: "list",
    data: result.vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding:
        encoding === "float"
          ? Array.from(vector)
          : Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64"),
    })),
    model: result.model,
    usage: {
      prompt_tokens: usage.inputTokens,
      total_tokens: usage.inputTokens,
      ...options.usageExtra?.(usage),
    },
  };
}
