import { must } from "../../base/assert.ts";
import { GatheredBytes } from "../../base/gathered-bytes.ts";
import { takeTurns } from "../../base/take-turns.ts";
import { noUsage, type AnswerEvent, type Usage, type VectorEncoding } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";

interface EncodeOptions {
  usageExtra?: (usage: Usage) => JsonObject;
}

/** OpenAI's list of embeddings. Base64 is of little-endian float32, which is how every machine that we run on keeps them. */
export function encodeEmbeddingResponse(
  events: readonly AnswerEvent[],
  encoding: VectorEncoding,
  options: EncodeOptions = {},
): JsonObject {
  const { model, vectors } = vectorsOf(events);
  const data = vectors.map((vector, index) => encodeVector(vector, index, encoding));
  return { object: "list", data, ...encodeRest(model, events, options) };
}

/** The same as the bytes of its JSON, for so many numbers that they take long; undefined for fewer. */
export function encodeEmbeddingsInTurns(
  events: readonly AnswerEvent[],
  encoding: VectorEncoding,
  options: EncodeOptions = {},
): Promise<Uint8Array> | undefined {
  const { vectors } = vectorsOf(events);
  return vectors.length * (vectors[0]?.length ?? 0) < turnNumbersMin
    ? undefined
    : writeInTurns(events, encoding, options);
}

/** 64 Ki numbers take 10 ms to be written. */
const turnNumbersMin = 64 * 1024;

async function writeInTurns(
  events: readonly AnswerEvent[],
  encoding: VectorEncoding,
  options: EncodeOptions,
): Promise<Uint8Array> {
  const { model, vectors } = vectorsOf(events);
  const bytes = new GatheredBytes();
  for (const [index, vector] of vectors.entries()) {
    const before = index === 0 ? '{"object":"list","data":[' : ",";
    bytes.append(Buffer.from(before + JSON.stringify(encodeVector(vector, index, encoding))));
    const waiting = takeTurns();
    if (waiting) await waiting;
  }
  bytes.append(Buffer.from(`],${JSON.stringify(encodeRest(model, events, options)).slice(1)}`));
  return bytes.take();
}

function vectorsOf(events: readonly AnswerEvent[]): Extract<AnswerEvent, { type: "vectors" }> {
  return must(
    events.find((event) => event.type === "vectors"),
    "an answer to embeddings has vectors",
  );
}

function encodeVector(vector: Float32Array, index: number, encoding: VectorEncoding): JsonObject {
  const embedding =
    encoding === "float"
      ? Array.from(vector)
      : Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
  return { object: "embedding", index, embedding };
}

function encodeRest(model: string, events: readonly AnswerEvent[], options: EncodeOptions): JsonObject {
  const usage = events.findLast((event) => event.type === "usage")?.usage ?? noUsage;
  const { inputTokens } = usage;
  return { model, usage: { prompt_tokens: inputTokens, total_tokens: inputTokens, ...options.usageExtra?.(usage) } };
}
