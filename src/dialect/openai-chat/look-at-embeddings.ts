import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Facts, VectorEncoding } from "../../call/index.ts";
import { checkAnswerSize } from "../answer-size.ts";
import { asBuffer, scanObjectAt, skipSpace, type JsonField, type JsonScan } from "../json-scan.ts";
import { isObject, type JsonObject } from "../read.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { countNumbers } from "./count-numbers.ts";
import {
  checkCount,
  checkLength,
  decodeFloats,
  invalid,
  Places,
  type EmbeddingKind,
} from "./decode-embedding-response.ts";
import { usageOf } from "./usage.ts";

/**
 * The facts of a vendor's embeddings that are passed on as they are: their megabytes of numbers are not parsed (16 MB take
 * 6 ms instead of 60). Throws what `decodeEmbeddingResponse` throws: the error in their place, or `upstream_invalid_response`.
 * They are not raw where they are written in another way than was asked for; then they must be decoded.
 *
 * All but the vectors is parsed. Of an answer of up to 64 KiB all is refused that `decodeEmbeddingResponse` refuses; of a larger one
 * a vector that is about as long as the first one may still hold what is no number, or base64 of no whole number of floats.
 */
export function lookAtEmbeddings(body: Uint8Array, kind: LookKind): { facts: Facts; isRaw: boolean } {
  const bytes = asBuffer(body);
  const { list, usage, items } = findEmbeddings(bytes, kind);
  const places = new Places(items.length);
  for (const item of items) places.take(item);
  checkVectors(bytes, list.vectors);
  const { vectorEncoding } = kind;
  const mark = vectorEncoding === "base64" ? quote : openBracket;
  const isRaw = vectorEncoding === undefined || list.vectors.every(({ start }) => bytes[start] === mark);
  return { facts: { textBytes: 0, usage: usageOf({ usage }), isEnd: true, failure: undefined }, isRaw };
}

/**
 * Finds the embeddings of an answer, as many as were asked for, and its other fields; of `items` each has 0 for its vector. Throws as
 * `lookAtEmbeddings` does.
 */
export function findEmbeddings(
  bytes: Buffer,
  kind: EmbeddingKind,
): { list: EmbeddingList; items: readonly JsonObject[]; usage: unknown; model: unknown } {
  let list: EmbeddingList | undefined;
  const countMax = kind.choiceCount === 0 ? limits.embeddingInputsMax : kind.choiceCount;
  scanAnswer(bytes, (key, start) => {
    if (key !== "data") return undefined;
    // Of a field that occurs twice the last one counts.
    list = readList(bytes, start, countMax);
    return list?.end;
  });
  const around = parseAround(bytes, list?.vectors ?? []);
  const { data, usage, model } = around;
  // A list of something else is a broken answer, and no error that is described.
  const hasList = Array.isArray(data) && data.length > 0;
  if (saysError(around) || (!hasList && describesError(around))) throw decodeErrorObject(around, kind.quirks);
  if (!list || !hasList) throw invalid("it has no list of embeddings");
  checkCount(list.vectors.length, kind);
  return { list, items: data as JsonObject[], usage, model };
}

/** The answer with 0 for each vector: the rest is small. */
function parseAround(bytes: Buffer, vectors: readonly JsonField[]): JsonObject {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, end } of vectors) {
    pieces.push(bytes.subarray(at, start), zero);
    at = end;
  }
  const rest = at === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(at)]);
  const around = parseJson(rest, 0, rest.length);
  if (isObject(around)) return around;
  throw invalid("it is not a JSON object");
}

const zero = Buffer.from("0");

export interface LookKind extends EmbeddingKind {
  /** How vectors must be written; undefined where the vendor's own way is asked for. */
  vectorEncoding?: VectorEncoding | undefined;
}

const { jsonDepthMax: depthMax } = limits;

function scanAnswer(bytes: Buffer, findEnd: (key: string, start: number) => number | undefined): JsonScan {
  try {
    const { scan, end } = scanObjectAt(bytes, 0, { depthMax, findEnd });
    if (end === bytes.length) return scan;
  } catch (cause) {
    if (cause instanceof SahabError && cause.code === "upstream_invalid_response") throw cause;
    throw invalid("it is not a JSON object").with({ cause });
  }
  throw invalid("it is not a JSON object");
}

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const minus = 0x2d;
const smallN = 0x6e;
const capitalN = 0x4e;
const equals = 0x3d;

interface EmbeddingList {
  /** Each as the bytes of its array or string, brackets and quotes included. */
  vectors: JsonField[];
  /** The objects that they are in. */
  elements: { start: number; end: number }[];
  end: number;
}

/** Undefined for what is no list of embeddings. Throws for one of more than `countMax`, of which the rest is not looked at. */
function readList(bytes: Buffer, start: number, countMax: number): EmbeddingList | undefined {
  if (bytes[start] !== openBracket) return undefined;
  const findEnd = (key: string, at: number) => (key === "embedding" ? findEndOfNumbers(bytes, at) : undefined);
  const vectors: JsonField[] = [];
  const elements: EmbeddingList["elements"] = [];
  for (let at = start; bytes[at] === openBracket || bytes[at] === comma;) {
    let element: ReturnType<typeof scanObjectAt>;
    try {
      element = scanObjectAt(bytes, at + 1, { depthMax, findEnd });
    } catch {
      return undefined;
    }
    const vector = element.scan.fields.get("embedding");
    if (!vector || !isVector(bytes, vector)) return undefined;
    if (vectors.length === countMax) throw invalid(`it has more than ${countMax} embeddings`);
    vectors.push(vector);
    elements.push({ start: at + 1, end: element.end });
    at = element.end;
    if (bytes[at] === closeBracket) return { vectors, elements, end: at + 1 };
  }
  return undefined;
}

/** A string, or an array of nothing or of what begins as a number does, in which there is no null, NaN or Infinity. */
function isVector(bytes: Buffer, { start, end }: JsonField): boolean {
  if (bytes[start] === quote) return true;
  if (bytes[start] !== openBracket) return false;
  const first = bytes[skipSpace(bytes, start + 1)] ?? 0;
  const isNumber = first === closeBracket || first === minus || (first >= 0x30 && first <= 0x39);
  const inside = bytes.subarray(start, end);
  // All three words have an n; servers write them where a model's numbers overflow.
  return isNumber && !inside.includes(smallN) && !inside.includes(capitalN);
}

/**
 * Counting the numbers of 16 MB takes 16 ms, four times as long as the rest. So in a large answer only those vectors are counted
 * whose bytes are more than a fifth fewer or more than the first one's.
 */
function checkVectors(bytes: Buffer, vectors: readonly JsonField[]): void {
  const [first] = vectors;
  if (!first) return;
  const expected = countFloats(bytes, first, 0);
  const firstBytes = first.end - first.start;
  for (const [position, vector] of vectors.entries()) {
    const isString = bytes[vector.start] === quote;
    const isLike = Math.abs(vector.end - vector.start - firstBytes) * 5 < firstBytes;
    const isLarge = bytes.length > countedBytesMax;
    if (position > 0 && isLarge && !isString && isLike) continue;
    const found = isLarge && isString ? guessFloats(bytes, vector) : countFloats(bytes, vector, position);
    checkLength(found, expected, position);
  }
}

const countedBytesMax = 64 * 1024;

/** Throws for what is no vector. */
function countFloats(bytes: Buffer, { start, end }: JsonField, position: number): number {
  if (bytes[start] === quote) return decodeFloats(parseJson(bytes, start, end) as string, position).length / 4;
  const count = countNumbers(bytes, start, end);
  if (count === undefined) throw invalid(`embedding ${position} is neither numbers nor base64`);
  return count;
}

/** The number of float32 that the length of a text in base64 makes. */
function guessFloats(bytes: Buffer, { start, end }: JsonField): number {
  let last = end - 1;
  while (bytes[last - 1] === equals) last--;
  return Math.floor(((last - start - 1) * 3) / 16);
}

/** Numbers hold no bracket, so that the first one that closes ends their array. */
function findEndOfNumbers(bytes: Buffer, start: number): number | undefined {
  const end = bytes[start] === openBracket ? bytes.indexOf(closeBracket, start) : -1;
  return end === -1 ? undefined : end + 1;
}

/** Throws for what is not JSON, and for too much of it. */
export function parseJson(bytes: Buffer, start: number, end: number): unknown {
  checkAnswerSize(bytes.subarray(start, end));
  try {
    return JSON.parse(bytes.toString("utf8", start, end));
  } catch (cause) {
    throw invalid("it is not JSON").with({ cause });
  }
}
