import type { NamedPlaces } from "./field-places.ts";

export interface EmbeddingRequest {
  /** Name of the dialect that the request came in: the one that `extensions` belong to. */
  dialect: string;
  /** Where the client has the fields that OpenAI's clients have, for errors; absent for the same places. */
  places?: NamedPlaces | undefined;
  model: string;
  /** Each text, or its token ids, becomes one vector. */
  inputs: (string | number[])[];
  /** Length of the vectors wanted; undefined for the model's own. */
  dimensions: number | undefined;
  /** How the vectors are written in the answer. */
  encoding: VectorEncoding;
  extensions: Record<string, unknown>;
}

/** Numbers, or base64 of little-endian float32. */
export type VectorEncoding = "float" | "base64";
