import type { LlamaRankingContext } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { Tenant } from "../../base/shares.ts";
import { fieldName, type Ranked, type RerankDocument, type RerankRequest, type Usage } from "../../call/index.ts";
import type { LoadedModel } from "./model.ts";
import { readInput, type EmbeddingInput } from "./requests.ts";
import { letOthersRun } from "./slices.ts";
import type { Turn } from "./turns.ts";

/**
 * The documents with their scores from 0 to 1, the nearest first. Their tokens are added to `usage` as they are evaluated: the query counts
 * once with each document.
 * They take turns with the inputs of embeddings, which are the same work.
 */
export async function rank(
  loaded: LoadedModel,
  request: RerankRequest,
  { tenant, signal, usage }: { tenant: Tenant; signal: AbortSignal; usage: Usage },
): Promise<Ranked[]> {
  loaded.embeddingPlaces.take(tenant);
  const turn = loaded.embeddingTurns.open(tenant);
  try {
    const read = () => readPairs(loaded, request, signal);
    const { query, documents } = await loaded.reading.during(tenant, signal, read);
    const scores = await score(loaded, query, documents, { turn, signal, usage });
    const ranking = scores
      .map((value, index): Ranked => {
        const text = request.returnDocuments
          ? textOf(request.documents[index], fieldName(request, `documents[${index}].text`))
          : undefined;
        return { index, score: value, ...(text !== undefined && { document: { text } }) };
      })
      .sort((a, b) => b.score - a.score);
    return ranking.slice(0, request.topN);
  } finally {
    turn.close();
    loaded.embeddingPlaces.release(tenant);
  }
}

async function readPairs(
  loaded: LoadedModel,
  request: RerankRequest,
  signal: AbortSignal,
): Promise<{ query: EmbeddingInput["tokens"]; documents: EmbeddingInput[] }> {
  const context = await loaded.embedding.during(() => loaded.rankings());
  const options = { signal, verb: "ranks" } as const;
  const alone = (tokens: EmbeddingInput["tokens"]) => tokens.length;
  const { tokens: query } = await readInput(loaded, alone, request.query, {
    ...options,
    place: fieldName(request, "query"),
  });
  const together = (tokens: EmbeddingInput["tokens"]) => context.calculateInputLength(query, tokens);
  const documents: EmbeddingInput[] = [];
  for (const [index, document] of request.documents.entries()) {
    const place = fieldName(request, `documents[${index}]`);
    documents.push(
      await readInput(loaded, together, textOf(document, fieldName(request, `documents[${index}].text`)), {
        ...options,
        place,
      }),
    );
    if (index % 64 === 63) await letOthersRun(signal);
  }
  return { query, documents };
}

async function score(
  loaded: LoadedModel,
  query: EmbeddingInput["tokens"],
  documents: readonly EmbeddingInput[],
  { turn, signal, usage }: { turn: Turn; signal: AbortSignal; usage: Usage },
): Promise<number[]> {
  const context: LlamaRankingContext = await loaded.rankings();
  const scores: number[] = [];
  for (const { tokens, count } of documents) {
    if (signal.aborted) throw new SahabError("client_closed_request", "The request was cancelled");
    const run = () => {
      usage.inputTokens += count;
      loaded.counts.promptTokensEvaluated += count;
      return loaded.embedding.during(() => context.rank(query, tokens));
    };
    scores.push(await turn.during(run, { cost: count, signal }));
  }
  return scores;
}

function textOf(document: RerankDocument | undefined, param: string): string {
  const text = typeof document === "object" ? document["text"] : document;
  if (typeof text === "string") return text;
  throw new SahabError("invalid_request", `${param}: expected a text, which is all that a local model reads`, {
    param,
  });
}
