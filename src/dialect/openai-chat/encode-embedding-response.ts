import type { EmbeddingResult, Usage } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";

/** OpenAI's list of embeddings. Base64 is of little-endian float32, which is how every machine that we run on keeps them. */
export function encodeEmbeddingResponse(
  result: EmbeddingResult,
  encoding: "float" | "base64",
  options: { model?: string; usageExtra?: (usage: Usage) => JsonObject } = {},
): JsonObject {
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
    model: options.model ?? result.model,
    usage: {
      prompt_tokens: result.usage.inputTokens,
      total_tokens: result.usage.inputTokens,
      ...options.usageExtra?.(result.usage),
    },
  };
}
