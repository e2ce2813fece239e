import { SahabError } from "../../base/errors.ts";
import type { AnswerEvent } from "../../call/index.ts";
import type { Quirks } from "../dialect.ts";
import { isObject, type JsonObject } from "../read.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { usageOf } from "./usage.ts";

/** What must be known of the request. */
export interface EmbeddingKind {
  /** How many vectors a whole answer has; 0 where that is not known. */
  choiceCount: number;
  quirks?: Quirks | undefined;
}

/** Decodes a vendor's embeddings, as numbers or base64. Throws the error that was sent in their place, or `upstream_invalid_response`. */
export function decodeEmbeddingResponse(json: unknown, kind: EmbeddingKind): AnswerEvent[] {
  if (saysError(json)) throw decodeErrorObject(json, kind.quirks);
  if (!isObject(json)) throw invalid("it is not an object");
  const { data, model } = json;
  if (!Array.isArray(data) || data.length === 0)
    throw describesError(json) ? decodeErrorObject(json, kind.quirks) : invalid("it has no list of embeddings");
  checkCount(data.length, kind);
  const vectors = new VectorsInOrder(data.length);
  for (const item of data) vectors.add(item);
  const usage = usageOf(json);
  return [
    { type: "vectors", model: typeof model === "string" ? model : "", vectors: vectors.all },
    ...(usage ? [{ type: "usage", usage } as const] : []),
  ];
}

/** The vectors of an answer, put at their places one by one. */
export class VectorsInOrder {
  readonly all: Float32Array[];
  readonly #places: Places;
  #length: number | undefined;

  constructor(count: number) {
    this.all = Array.from({ length: count });
    this.#places = new Places(count);
  }

  /** Throws for an element of the list that is no embedding. */
  add(item: unknown): void {
    const position = this.#places.taken;
    if (!isObject(item)) throw invalid(`embedding ${position} is not an object`);
    const place = this.#places.take(item);
    const vector = decodeVector(item["embedding"], position);
    checkLength(vector.length, (this.#length ??= vector.length), position);
    this.all[place] = vector;
  }
}

/** Where the elements of a list belong, by their `index`. */
export class Places {
  taken = 0;
  readonly #isTaken: boolean[];

  constructor(count: number) {
    this.#isTaken = Array.from({ length: count }, () => false);
  }

  /** The place of the next element. Throws where it is not there, or taken. */
  take({ index }: JsonObject): number {
    const position = this.taken++;
    const place = index ?? position;
    if (typeof place !== "number" || this.#isTaken[place] !== false)
      throw invalid(`embedding ${position} has an index that is missing, repeated or out of range`);
    this.#isTaken[place] = true;
    return place;
  }
}

function decodeVector(value: unknown, position: number): Float32Array {
  if (Array.isArray(value) && value.every((number) => typeof number === "number")) return Float32Array.from(value);
  if (typeof value !== "string") throw invalid(`embedding ${position} is neither numbers nor base64`);
  // A copy, since a pooled buffer need not begin at a multiple of four.
  return new Float32Array(new Uint8Array(decodeFloats(value, position)).buffer);
}

/** The bytes of a vector in base64. */
export function decodeFloats(base64: string, position: number): Buffer {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length % 4 === 0) return bytes;
  throw invalid(`embedding ${position} has ${bytes.length} bytes, which is not a whole number of float32`);
}

/** Throws where a vendor sent more or fewer vectors than inputs. */
export function checkCount(found: number, { choiceCount }: EmbeddingKind): void {
  if (choiceCount !== 0 && found !== choiceCount)
    throw invalid(`it has ${found} embeddings; ${choiceCount} were asked for`);
}

/** Throws for a vector of nothing, or of another length than the others. */
export function checkLength(found: number, expected: number, position: number): void {
  if (found === 0) throw invalid(`embedding ${position} is empty`);
  if (found !== expected) throw invalid(`embedding ${position} has ${found} numbers, another has ${expected}`);
}

export function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's answer cannot be read as embeddings: ${problem}`);
}
