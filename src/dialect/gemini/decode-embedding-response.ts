import { SahabError } from "../../base/errors.ts";
import type { AnswerEvent } from "../../call/index.ts";
import { isObject } from "../read.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { UsageReader, usageField } from "./usage.ts";

interface EmbeddingKind {
  /** How many vectors a whole answer has; 0 where that is not known. */
  choiceCount: number;
}

/** Decodes a list of embeddings, or one. Throws the error that was sent in their place, or `upstream_invalid_response`. */
export function decodeEmbeddingResponse(json: unknown, { choiceCount }: EmbeddingKind): AnswerEvent[] {
  if (saysError(json)) throw decodeErrorObject(json);
  if (!isObject(json)) throw invalid("it is not an object");
  const list: unknown = json["embeddings"] ?? (json["embedding"] === undefined ? undefined : [json["embedding"]]);
  if (!Array.isArray(list) || list.length === 0)
    throw describesError(json) ? decodeErrorObject(json) : invalid("it has no list of embeddings");
  if (choiceCount !== 0 && list.length !== choiceCount)
    throw invalid(`it has ${list.length} embeddings; ${choiceCount} were asked for`);
  const vectors = list.map(decodeVector);
  const length = vectors[0]?.length;
  const odd = vectors.findIndex((vector) => vector.length !== length);
  if (odd !== -1) throw invalid(`embedding ${odd} has ${vectors[odd]?.length} numbers, another has ${length}`);
  const usage = new UsageReader().read(json[usageField]);
  return [{ type: "vectors", model: "", vectors }, ...(usage ? [{ type: "usage", usage } as const] : [])];
}

function decodeVector(value: unknown, position: number): Float32Array {
  const values = isObject(value) ? value["values"] : undefined;
  if (!Array.isArray(values) || values.length === 0 || !values.every((number) => typeof number === "number"))
    throw invalid(`embedding ${position} has no list of numbers`);
  return Float32Array.from(values);
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's answer cannot be read as embeddings: ${problem}`);
}
