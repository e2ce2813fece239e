import { SahabError } from "../../base/errors.ts";
import type { AnswerEvent } from "../../call/index.ts";
import { isObject } from "../read.ts";
import { decodeErrorObject } from "../vendor-error.ts";
import { usageOf } from "./usage.ts";

/** Decodes a vendor's embeddings, as numbers or base64. Throws the error that was sent in their place, or `upstream_invalid_response`. */
export function decodeEmbeddingResponse(json: unknown): AnswerEvent[] {
  if (!isObject(json)) throw invalid("it is not an object");
  if (json["error"] !== undefined && json["error"] !== null) throw decodeErrorObject(json);
  const { data, model } = json;
  if (!Array.isArray(data) || data.length === 0) throw invalid("it has no list of embeddings");
  const vectors: Float32Array[] = Array.from({ length: data.length });
  for (const [position, item] of data.entries()) {
    if (!isObject(item)) throw invalid(`embedding ${position} is not an object`);
    const index = item["index"] ?? position;
    if (
      typeof index !== "number" ||
      !Number.isInteger(index) ||
      index < 0 ||
      index >= data.length ||
      vectors[index] !== undefined
    ) {
      throw invalid(`embedding ${position} has an index that is missing, repeated or out of range`);
    }
    vectors[index] = decodeVector(item["embedding"], position);
  }
  const usage = usageOf(json);
  return [
    { type: "vectors", model: typeof model === "string" ? model : "", vectors },
    ...(usage ? [{ type: "usage", usage } as const] : []),
  ];
}

function decodeVector(value: unknown, position: number): Float32Array {
  if (Array.isArray(value) && value.every((number) => typeof number === "number")) return Float32Array.from(value);
  if (typeof value !== "string") throw invalid(`embedding ${position} is neither numbers nor base64`);
  const bytes = Buffer.from(value, "base64");
  if (bytes.length === 0 || bytes.length % 4 !== 0)
    throw invalid(`embedding ${position} has ${bytes.length} bytes, which is not a whole number of float32`);
  // A copy, since a pooled buffer need not begin at a multiple of four.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's answer cannot be read as embeddings: ${problem}`);
}
