import type { NamedPlaces } from "./field-places.ts";
import type { JsonObject } from "./json-object.ts";

/** A question, and what is to be put in the order in which it answers it. */
export interface RerankRequest {
  /** Name of the dialect that the request came in: the one that `extensions` belong to. */
  dialect: string;
  /** Where the client has the fields that OpenAI's clients have, for errors; absent for the same places. */
  places?: NamedPlaces | undefined;
  model: string;
  query: string;
  /** Texts, or objects whose `text` counts; some vendors take images (`image`). */
  documents: RerankDocument[];
  /** How many of the best are wanted; undefined for all. */
  topN: number | undefined;
  /** Whether the answer repeats the documents; undefined leaves it to the vendor's own default. */
  returnDocuments: boolean | undefined;
  extensions: Record<string, unknown>;
}

export type RerankDocument = string | JsonObject;

/** A document of the request, by its index. */
export interface Ranked {
  index: number;
  /** Higher is nearer; what range it has is the model's own. */
  score: number;
  /** As the vendor repeats it. */
  document?: RerankDocument;
}
