import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Facts, VectorEncoding } from "../../call/index.ts";
import { checkAnswerSize } from "../answer-size.ts";
import { asBuffer, scanObjectAt, skipSpace, type JsonField, type JsonScan } from "../json-scan.ts";
import type { JsonObject } from "../read.ts";
import { decodeErrorObject, describesError, errorFields, saysError } from "../vendor-error.ts";
import { checkCount, checkLength, invalid, type EmbeddingKind } from "./decode-embedding-response.ts";
import { usageOf } from "./usage.ts";

/**
 * The facts of a vendor's embeddings that are passed on as they are: their megabytes of numbers are not parsed (16 MB take
 * 6 ms instead of 60). Throws what `decodeEmbeddingResponse` throws: the error in their place, or `upstream_invalid_response`.
 * They are not raw where they are written in another way than was asked for; then they must be decoded.
 *
 * There must be as many as asked for, each an object whose `embedding` is an array that begins with a number or a string, and
 * all of one length. Not checked is what else is in that array or string, what `index` is, and whether values that are not
 * read are valid JSON between their brackets and quotes.
 */
export function lookAtEmbeddings(body: Uint8Array, kind: LookKind): { facts: Facts; isRaw: boolean } {
  const bytes = asBuffer(body);
  const { list, usage } = findEmbeddings(bytes, kind);
  checkLengths(bytes, list.vectors);
  const { vectorEncoding } = kind;
  const mark = vectorEncoding === "base64" ? quote : openBracket;
  const isRaw = vectorEncoding === undefined || list.vectors.every(({ start }) => bytes[start] === mark);
  return { facts: { textBytes: 0, usage: usageOf({ usage }), isEnd: true, failure: undefined }, isRaw };
}

/** Finds the embeddings of an answer, as many as were asked for, and its other fields. Throws as `lookAtEmbeddings` does. */
export function findEmbeddings(
  bytes: Buffer,
  kind: EmbeddingKind,
): { list: EmbeddingList; usage: unknown; model: unknown } {
  let list: EmbeddingList | undefined;
  const countMax = kind.choiceCount === 0 ? limits.embeddingInputsMax : kind.choiceCount;
  const scan = scanAnswer(bytes, (key, start) => {
    if (key !== "data") return undefined;
    // Of a field that occurs twice the last one counts.
    list = readList(bytes, start, countMax);
    return list?.end;
  });
  const parse = (name: string): unknown => {
    const field = scan.fields.get(name);
    return field && parseJson(bytes, field.start, field.end);
  };
  const beside: JsonObject = {};
  for (const name of errorFields) if (scan.fields.has(name)) beside[name] = parse(name);
  // A list of something else is a broken answer, and no error that is described.
  const hasList = list !== undefined || (scan.fields.get("data")?.elements ?? 0) > 0;
  if (saysError(beside) || (!hasList && describesError(beside)))
    throw decodeErrorObject(parseJson(bytes, 0, bytes.length));
  if (!list) throw invalid("it has no list of embeddings");
  checkCount(list.vectors.length, kind);
  return { list, usage: parse("usage"), model: parse("model") };
}

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
function checkLengths(bytes: Buffer, vectors: readonly JsonField[]): void {
  const [first] = vectors;
  if (!first) return;
  const expected = countNumbers(bytes, first);
  const firstBytes = first.end - first.start;
  for (const [position, vector] of vectors.entries()) {
    const isString = bytes[vector.start] === quote;
    const isLike = Math.abs(vector.end - vector.start - firstBytes) * 5 < firstBytes;
    if (position > 0 && !isString && isLike && bytes.length > countedBytesMax) continue;
    checkLength(position === 0 ? expected : countNumbers(bytes, vector), expected, position);
  }
}

const countedBytesMax = 64 * 1024;

/** Of base64 the number of float32 that its length makes. */
function countNumbers(bytes: Buffer, { start, end }: JsonField): number {
  if (bytes[start] === quote) {
    let last = end - 1;
    while (bytes[last - 1] === equals) last--;
    return Math.floor(((last - start - 1) * 3) / 16);
  }
  let count = bytes[skipSpace(bytes, start + 1)] === closeBracket ? 0 : 1;
  for (let at = start; at < end; at++) if (bytes[at] === comma) count++;
  return count;
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
