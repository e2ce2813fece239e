import { SahabError } from "../../base/errors.ts";
import { noUsage, type AnswerEvent, type Ranked, type Usage } from "../../call/index.ts";
import type { Quirks } from "../dialect.ts";
import { isObject, type JsonObject } from "../read.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { objectIn, readCounts } from "../usage-kinds.ts";
import { usageOf } from "./usage.ts";

/** What must be known of the request. */
interface RerankKind {
  /** How many documents there were; 0 where that is not known. */
  choiceCount: number;
  quirks?: Quirks | undefined;
}

/**
 * Decodes a vendor's order of documents, in Jina's form or Cohere's. Throws the error that was sent in its place, or
 * `upstream_invalid_response`.
 */
export function decodeRerankResponse(json: unknown, { choiceCount, quirks }: RerankKind): AnswerEvent[] {
  if (saysError(json)) throw decodeErrorObject(json, quirks);
  if (!isObject(json)) throw invalid("it is not an object");
  const { results, model } = json;
  if (!Array.isArray(results))
    throw describesError(json) ? decodeErrorObject(json, quirks) : invalid("it has no list of results");
  const taken = new Set<number>();
  const ranked = results.map((item: unknown, position): Ranked => {
    const result = readResult(item, position, choiceCount || Number.MAX_SAFE_INTEGER);
    if (taken.has(result.index)) throw invalid(`it has two results for document ${result.index}`);
    taken.add(result.index);
    return result;
  });
  const usage = withSearches(usageOf({ usage: countsOf(json) }), json["meta"]);
  return [
    { type: "ranking", model: typeof model === "string" ? model : "", results: ranked },
    ...(usage ? [{ type: "usage", usage } as const] : []),
  ];
}

/** Cohere bills by the search, of up to 100 documents each. */
function withSearches(usage: Usage | undefined, meta: unknown): Usage | undefined {
  const { counts } = readCounts({ search: objectIn(meta, "billed_units")["search_units"] });
  return counts ? { ...(usage ?? noUsage), counts } : usage;
}

function readResult(item: unknown, position: number, count: number): Ranked {
  if (!isObject(item)) throw invalid(`result ${position} is not an object`);
  const { index, document } = item;
  const score = item["relevance_score"] ?? item["score"];
  if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= count)
    throw invalid(`result ${position} names a document that was not sent`);
  if (typeof score !== "number") throw invalid(`result ${position} has no score`);
  return {
    index,
    score,
    ...((typeof document === "string" || isObject(document)) && { document }),
  };
}

/** Jina and vLLM count in `usage`, some of them the total alone; Cohere in `meta`, where older models have no tokens but searches. */
function countsOf({ usage, meta }: JsonObject): JsonObject {
  const ofMeta = isObject(meta) ? (meta["tokens"] ?? meta["billed_units"]) : undefined;
  const counts = isObject(usage) ? usage : isObject(ofMeta) ? ofMeta : {};
  return { ...counts, input_tokens: counts["input_tokens"] ?? counts["total_tokens"] };
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's answer cannot be read as a ranking: ${problem}`);
}
