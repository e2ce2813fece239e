import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** Jina (https://api.jina.ai/redoc): reranking and embeddings. */
export const jina: Vendor = {
  ...compatible,
  baseUrl: "https://api.jina.ai/v1",
  operations: [],
  keyVariables: ["JINA_API_KEY"],
};
