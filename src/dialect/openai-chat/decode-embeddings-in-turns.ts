import { takeTurns } from "../../base/take-turns.ts";
import type { AnswerEvent } from "../../call/index.ts";
import { VectorsInOrder, type EmbeddingKind } from "./decode-embedding-response.ts";
import { findEmbeddings, parseJson } from "./look-at-embeddings.ts";
import { usageOf } from "./usage.ts";

/**
 * What `decodeEmbeddingResponse` makes of an answer, one vector at a time, so that the 90 MB of 2,048 vectors of 4,096 numbers
 * hold up nobody for the 0.7 s that they take.
 */
export async function decodeEmbeddingsInTurns(raw: Buffer, kind: EmbeddingKind): Promise<AnswerEvent[]> {
  const { list, usage, model } = findEmbeddings(raw, kind);
  const vectors = new VectorsInOrder(list.elements.length);
  for (const { start, end } of list.elements) {
    vectors.add(parseJson(raw, start, end));
    const waiting = takeTurns();
    if (waiting) await waiting;
  }
  const counted = usageOf({ usage });
  return [
    { type: "vectors", model: typeof model === "string" ? model : "", vectors: vectors.all },
    ...(counted ? [{ type: "usage", usage: counted } as const] : []),
  ];
}
