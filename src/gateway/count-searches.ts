import { estimateTokens, noUsage, type Attempt, type Pieces, type Usage } from "../call/index.ts";
import { hasFeeFor, hasTokenRates, type Price } from "../ledger/index.ts";

/**
 * What a rerank is billed for whose price has a fee for each search: the vendor's count, else that of the request. Undefined where the
 * price is by tokens alone.
 */
export function countSearches(
  { usage = noUsage }: Attempt,
  { promptBytes, pieces }: { promptBytes: number; pieces?: Pieces | undefined },
  price: Price,
): { usage: Usage; estimated: boolean } | undefined {
  const counts = usage.counts ?? pieces?.counts;
  if (!counts || !hasFeeFor(price, Object.keys(counts))) return undefined;
  // Cohere counts no tokens, and a price may be by both.
  const lacksTokens = usage.inputTokens === 0 && hasTokenRates(price);
  const inputTokens = lacksTokens ? estimateTokens(promptBytes) : usage.inputTokens;
  return { usage: { ...usage, counts, inputTokens }, estimated: lacksTokens || usage.counts === undefined };
}
