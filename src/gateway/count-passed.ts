import { estimateTokens, noUsage, type Attempt, type Pieces, type Usage } from "../call/index.ts";
import { hasFeeFor, type Price } from "../ledger/index.ts";

/**
 * What an attempt is billed for whose bytes only passed, and which was charged for. The vendor's count comes first; then what Sahab
 * counts itself of the answer or the request. Tokens that nobody counts are estimated unless the price is by the piece.
 */
export function countPassed(
  attempt: Attempt,
  { promptBytes, pieces }: { promptBytes: number; pieces?: Pieces | undefined },
  price: Price,
  isWhole: boolean,
): { usage: Usage; estimated: boolean } {
  const said = attempt.usage;
  const counts = byKind(said?.counts ?? pieces?.counts, pieces?.kinds, price);
  const isCounted = said?.counts !== undefined || pieces?.isExact === true;
  const hasTokens = said !== undefined && said.inputTokens + said.outputTokens > 0;
  const isDoubtful = said?.isInputDoubtful === true || said?.isOutputDoubtful === true || (!isWhole && !said);
  const base = { ...(said ?? noUsage), ...(counts && { counts }) };
  if (counts && hasFeeFor(price, Object.keys(counts))) return { usage: base, estimated: isDoubtful || !isCounted };
  if (hasTokens) return { usage: base, estimated: isDoubtful };
  const isShown = isWhole || attempt.isShown;
  const inputTokens = estimateTokens(promptBytes) + (counts?.["second"] ?? 0) * tokensPerSecond;
  return {
    usage: { ...base, inputTokens, outputTokens: isShown ? estimateOutput(attempt, counts) : 0 },
    estimated: true,
  };
}

/** The same with the images under the name that has a fee. */
function byKind(counts: Usage["counts"], kinds: readonly string[] = [], price: Price): Usage["counts"] {
  const kind = kinds.find((name) => hasFeeFor(price, [name]));
  if (kind === undefined || counts?.["image"] === undefined) return counts;
  const { image, ...others } = counts;
  return { ...others, [kind]: image };
}

/** Tokens of output where no count is known. */
function estimateOutput({ textBytes }: Attempt, counts: Readonly<Record<string, number>> = {}): number {
  if (counts["image"] !== undefined) return counts["image"] * tokensPerImage;
  if (counts["character"] !== undefined) return Math.ceil((counts["character"] * tokensPerTenCharacters) / 10);
  return counts["second"] === undefined ? 0 : estimateTokens(textBytes);
}

/** Unverified: a second of sound that is heard ("audio tokens" in OpenAI's guide to its realtime API: one for 100 ms). */
const tokensPerSecond = 10;
/** A square picture of medium quality (OpenAI's guide to image generation, "cost and latency"). */
const tokensPerImage = 1_056;
/** Unverified: gpt-4o-mini-tts costs about 0.015 USD a minute, of 12 USD per million tokens, and a minute has about 900 characters. */
const tokensPerTenCharacters = 14;
