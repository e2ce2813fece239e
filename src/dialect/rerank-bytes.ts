import { limits } from "../base/limits.ts";
import { estimateTokens, type Pieces } from "../call/index.ts";
import { kindOf, promptBytesOf, type OpenedBody } from "./open-body.ts";
import { invalidField, wrongType } from "./read.ts";

/**
 * Bytes of prompt of a rerank whose fields these are: the model reads the query once with each document. Throws where one of
 * the two is not there, or there are too many documents. `prefix` is that of the fields' paths.
 */
export function rerankBytesOf({ body, scan: { fields } }: OpenedBody, prefix = ""): number {
  const query = fields.get("query");
  if (!query) throw wrongType(`${prefix}query`, "a text", undefined);
  const documents = fields.get("documents");
  if (!documents) throw wrongType(`${prefix}documents`, "a list of documents", undefined);
  const found = documents.elements;
  if (found === undefined)
    throw invalidField(`${prefix}documents`, `expected a list of documents, found ${kindOf(body[documents.start])}`);
  if (found === 0 || found > limits.embeddingInputsMax)
    throw invalidField(`${prefix}documents`, `expected 1 to ${limits.embeddingInputsMax} items, found ${found}`);
  return promptBytesOf(documents) + found * promptBytesOf(query);
}

/**
 * The searches of a rerank, as Cohere bills them (https://cohere.com/pricing): one for each 100 documents, of which a long one counts
 * as several. Unverified: of 510 tokens each, the query with them.
 */
export function searchesOf(documents: number, promptBytes: number): Pieces {
  const chunks = Math.max(documents, Math.ceil(estimateTokens(promptBytes) / chunkTokens));
  return { counts: { search: Math.ceil(chunks / documentsOfSearch) }, isExact: false };
}

const chunkTokens = 510;
const documentsOfSearch = 100;
