import { must } from "../../base/assert.ts";
import { GatheredBytes } from "../../base/gathered-bytes.ts";
import { takeTurns } from "../../base/take-turns.ts";
import { limits } from "../../base/limits.ts";
import type { AnswerEvent, Usage } from "../../call/index.ts";
import type { WriterOptions } from "../dialect.ts";
import { asBuffer, scanJsonObject, skipSpace } from "../json-scan.ts";
import { RawBodyWriter } from "../raw-answer.ts";
import type { JsonObject } from "../read.ts";
import { encodeUsage, usageField } from "./usage.ts";

interface EncodeOptions {
  usageExtra?: (usage: Usage) => JsonObject;
}

/** Google's answer to `batchEmbedContents` as JSON text; that to `embedContent` where one vector was asked for alone. */
export function encodeEmbeddings(
  events: readonly AnswerEvent[],
  isSingle: boolean,
  options: EncodeOptions = {},
): string {
  const vectors = vectorsOf(events);
  const head = isSingle
    ? `{"embedding":${encodeVector(must(vectors[0], "an answer has as many vectors as inputs"))}`
    : `{"embeddings":[${vectors.map(encodeVector).join(",")}]`;
  return head + encodeRest(events, options);
}

/** The same as bytes, for so many numbers that they take long; undefined for fewer. */
export function embeddingsInTurns(
  events: readonly AnswerEvent[],
  isSingle: boolean,
  options: EncodeOptions = {},
): Promise<Uint8Array> | undefined {
  const vectors = vectorsOf(events);
  const numbers = vectors.length * (vectors[0]?.length ?? 0);
  return isSingle || numbers < turnNumbersMin ? undefined : writeInTurns(events, vectors, options);
}

/** 64 Ki numbers take 10 ms to be written. */
const turnNumbersMin = 64 * 1024;

async function writeInTurns(
  events: readonly AnswerEvent[],
  vectors: readonly Float32Array[],
  options: EncodeOptions,
): Promise<Uint8Array> {
  const bytes = new GatheredBytes();
  for (const [index, vector] of vectors.entries()) {
    bytes.append(Buffer.from((index === 0 ? '{"embeddings":[' : ",") + encodeVector(vector)));
    const waiting = takeTurns();
    if (waiting) await waiting;
  }
  bytes.append(Buffer.from(`]${encodeRest(events, options)}`));
  return bytes.take();
}

function vectorsOf(events: readonly AnswerEvent[]): Float32Array[] {
  const found = events.find((event) => event.type === "vectors");
  return must(found, "an answer to embeddings has vectors").vectors;
}

function encodeVector(vector: Float32Array): string {
  return `{"values":${JSON.stringify(Array.from(vector))}}`;
}

function encodeRest(events: readonly AnswerEvent[], { usageExtra }: EncodeOptions): string {
  const usage = events.findLast((event) => event.type === "usage")?.usage;
  return usage ? `,"${usageField}":${JSON.stringify(encodeUsage(usage, usageExtra?.(usage)))}}` : "}";
}

/** Writes the only vector of a vendor's list, in its own bytes, as the answer to `embedContent`: vendors are always asked for a list. */
export class RawEmbeddingWriter extends RawBodyWriter {
  constructor(options: WriterOptions) {
    super(options, { field: usageField });
  }

  override end(): Uint8Array {
    const body = asBuffer(super.end());
    const list = scanJsonObject(body, { depthMax: limits.jsonDepthMax }).fields.get("embeddings");
    if (!list) return body;
    const keyStart = body.lastIndexOf('"embeddings"', list.start);
    const first = skipSpace(body, list.start + 1);
    return Buffer.concat([
      body.subarray(0, keyStart),
      Buffer.from('"embedding":'),
      body.subarray(first, list.end - 1),
      body.subarray(list.end),
    ]);
  }
}
