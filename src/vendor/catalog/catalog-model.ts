import type { DeclaredPrice } from "../../base/declared-price.ts";

/** A model of a vendor as the catalogue knows it. What is not known is not there. */
export interface CatalogModel extends StoredModel {
  /** The vendor's part of the catalogue, by models.dev's name of it: `openai`, `alibaba-cn`. */
  part: string;
  id: string;
  /** Where the facts are from, with the date: `models.dev f3fc6922, 2026-07-02`. */
  source: string;
}

/** The same in the catalogue's file, where part, id and source are told once for many. */
export interface StoredModel {
  name: string;
  family?: string;
  /** Tokens of prompt and answer together; absent also where a model has no such limit, as one for images. */
  context?: number;
  /** Most tokens of a prompt, where that is less. */
  input?: number;
  /** Most tokens of an answer. */
  output?: number;
  takes: readonly Modality[];
  gives: readonly Modality[];
  features?: readonly Feature[];
  /** Features that it is known not to have; what is in neither list is unknown. */
  lacks?: readonly Feature[];
  /** How it can be told to think, for models that do. */
  thinking?: Thinking;
  /** The field of a message in which its thoughts are sent back to it. */
  interleaved?: string;
  /** What its knowledge reaches to. */
  knowledge?: string;
  released?: string;
  status?: "beta" | "deprecated";
  /** The wire format that it speaks, where that is not its vendor's usual one: `messages`, `responses`, `chat`. */
  api?: string;
  /** One after the other by date; absent where none is known, which is not free. */
  price?: DeclaredPrice | readonly DeclaredPrice[];
  /** The vendor bills in this currency, and the source has converted the price by a rate of its own. */
  converted_from?: string;
  /** Which of the file's sources it is from, where that is not the usual one. */
  source?: string;
}

export type Modality = "text" | "image" | "pdf" | "audio" | "video";
export const modalities: readonly Modality[] = ["text", "image", "pdf", "audio", "video"];

/** `sampling`: temperature and its like are taken. `prefill`: the last message may be the beginning of the answer. */
export type Feature = "tools" | "structured_output" | "attachments" | "sampling" | "prefill";

export interface Thinking {
  /** It can be switched on and off. */
  toggle?: true;
  efforts?: readonly string[];
  /** Takes a number of tokens, within bounds where they are known. */
  budget?: { min?: number; max?: number };
}

/** A catalogue's file. */
export interface StoredCatalog {
  /** Where parts and models are from that name no other source: a key of `sources`. */
  source: string;
  sources: Readonly<Record<string, CatalogSource>>;
  parts: Readonly<Record<string, StoredPart>>;
}

export interface CatalogSource {
  name: string;
  /** As of when. */
  date: string;
}

export interface StoredPart {
  name: string;
  models: Readonly<Record<string, StoredModel>>;
}

/** The prices of a model as a list, the first one first. */
export function pricesOf({ price }: Pick<StoredModel, "price">): readonly DeclaredPrice[] {
  if (price === undefined) return [];
  return Array.isArray(price) ? (price as readonly DeclaredPrice[]) : [price as DeclaredPrice];
}
