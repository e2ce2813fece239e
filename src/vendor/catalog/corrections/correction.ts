import type { StoredModel } from "../catalog-model.ts";

/** What is known of a vendor's models beyond what the catalogue's sources can say, or better. Laid over whatever they say. */
export interface Correction {
  /** Parts of the catalogue that it is for. */
  parts: readonly string[];
  /** Where it is from, and when it was looked up. */
  source: string;
  date: string;
  /** Models by id: what replaces the source's facts. One that the source does not have is there from what is said here. */
  models?: Readonly<Record<string, Partial<StoredModel>>>;
  /** What holds for models by a rule; returns the model as it is where the rule is not for it. */
  each?(model: StoredModel, id: string): StoredModel;
}
