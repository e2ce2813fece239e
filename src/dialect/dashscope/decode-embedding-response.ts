import { type AnswerEvent } from "../../call/index.ts";
import type { AnswerKind } from "../dialect.ts";
import { decodeEmbeddingResponse as decodeOpenAiEmbeddings } from "../openai-chat/decode-embedding-response.ts";
import { usageOf } from "../openai-chat/usage.ts";
import { isObject } from "../read.ts";
import { saysError } from "../vendor-error.ts";

/** Decodes a native answer to a text embedding, which is OpenAI's at other places. Throws what that decoder throws. */
export function decodeEmbeddingResponse(json: unknown, kind: AnswerKind): AnswerEvent[] {
  if (!isObject(json) || saysError(json) || !isObject(json["output"])) return decodeOpenAiEmbeddings(json, kind);
  const { embeddings } = json["output"];
  const counted = isObject(json["usage"]) ? json["usage"] : {};
  const usage = { ...counted, input_tokens: counted["input_tokens"] ?? counted["total_tokens"] };
  const list = Array.isArray(embeddings) ? embeddings.filter(isObject) : [];
  // Sparse vectors have no place but in the vendor's own bytes.
  if (kind.isRaw && list.length > 0 && list.every((item) => !("embedding" in item) && "sparse_embedding" in item)) {
    const found = usageOf({ usage });
    return found ? [{ type: "usage", usage: found }] : [];
  }
  return decodeOpenAiEmbeddings(
    {
      data: list.map(({ text_index: index, embedding }) => ({ index, embedding })),
      model: kind.model,
      usage,
    },
    kind,
  );
}
