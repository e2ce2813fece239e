import type { StoredModel } from "../catalog-model.ts";
import type { Correction } from "./correction.ts";

/** By the search, of which each ranks up to 100 documents. */
const rerank = (name: string, context: number, search: number): Partial<StoredModel> => ({
  name,
  family: "rerank",
  context,
  lacks: ["tools", "attachments", "sampling"],
  price: { currency: "USD", input: 0, output: 0, fees: { search } },
});

/** Its models for reranking, which the catalogue's source does not have. */
export const cohere: Correction = {
  parts: ["cohere"],
  // Unverified: what a search costs, which Cohere's own page no longer says; these are the lists of others who resell or reckon it.
  source:
    "https://docs.cohere.com/docs/rerank-overview; prices of https://developer.puter.com/tutorials/cohere-api-pricing/",
  date: "2026-11-26",
  models: {
    "rerank-v4.0-pro": rerank("Rerank 4 Pro", 32_768, 0.0025),
    "rerank-v4.0-fast": rerank("Rerank 4 Fast", 32_768, 0.002),
    "rerank-v3.5": rerank("Rerank 3.5", 4_096, 0.002),
    "rerank-english-v3.0": rerank("Rerank 3 English", 4_096, 0.002),
    "rerank-multilingual-v3.0": rerank("Rerank 3 Multilingual", 4_096, 0.002),
  },
};
