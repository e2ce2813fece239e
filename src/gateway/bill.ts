import { divideHalfEven, type Nano } from "../base/money.ts";
import {
  estimateTokens,
  isFree,
  isPassed,
  noUsage,
  type Attempt,
  type Pieces,
  type RecordedOperation,
  type Usage,
} from "../call/index.ts";
import {
  costOf,
  factorOne,
  freePrice,
  priceAt,
  type AttemptRecord,
  type Charge,
  type DatedPrices,
  type Occasion,
  type Price,
  type UsageRecord,
} from "../ledger/index.ts";
import { countPassed } from "./count-passed.ts";
import { countSearches } from "./count-searches.ts";
import { noPieces, piecesOf, type PieceSums } from "./pieces-of.ts";

/** What an attempt's record is made from, beside the attempt itself. */
export interface RequestFacts {
  /** When the request arrived, monotonic as the times of an attempt are. */
  startedMs: number;
  operation: RecordedOperation;
  promptBytes: number;
  /** What is counted of the request itself by the piece. */
  pieces?: Pieces | undefined;
  /** The outcome of an attempt that is not closed yet. */
  outcome: UsageRecord["outcome"];
}

type CountSums = Pick<
  UsageRecord,
  | "inputTokens"
  | "cachedInputTokens"
  | "cacheWriteTokens"
  | "outputTokens"
  | "reasoningTokens"
  | "estimated"
  | keyof PieceSums
>;
type MoneySums = Pick<
  UsageRecord,
  "cost" | "currency" | "providerCost" | "providerCurrency" | "vendorCost" | "comparedCost" | "isSplit"
>;

/** Ends of an attempt at which its target may still have been reading or writing, and bills for it. */
const givenUp = new Set<UsageRecord["outcome"]>([
  "client_closed_request",
  "upstream_timeout",
  "shutting_down",
  "interrupted",
  "budget_exceeded",
]);

/** What the attempts of one request cost. A request costs what its attempts cost. */
export class Bill {
  readonly #occasion: Occasion;
  /** The price of each attempt, in their order. */
  readonly #prices: Price[] = [];
  /** What is charged instead, where that is told: a factor or a price. Most requests have none. */
  #charges: (bigint | Price | undefined)[] | undefined;
  /** A cost is asked for twice: for the answer and for the record. */
  #costed: Costed | undefined;

  /** `timeMs` is when the request arrived, since 1970: the prices of that time hold, however long it takes. A batch of the vendor's has its own. */
  constructor(timeMs: number, { isBatch = false }: { isBatch?: boolean } = {}) {
    this.#occasion = { timeMs, isBatch };
  }

  /** An attempt begins at a target with these prices; what is charged is the same unless told. */
  begin(prices: DatedPrices, charge?: Charge): void {
    const { timeMs } = this.#occasion;
    this.#prices.push(priceAt(prices, timeMs) ?? freePrice);
    if (!charge) return;
    this.#charges ??= [];
    this.#charges[this.#prices.length - 1] =
      "factor" in charge ? charge.factor : (priceAt(charge.prices, timeMs) ?? freePrice);
  }

  /** That of the last attempt. */
  get currency(): string {
    return this.#currencyOf(this.#prices.length - 1);
  }

  /** What is charged for the request as it is now, in the currency of the last attempt. */
  costOf(attempts: readonly Attempt[], request: RequestFacts): Nano {
    const { currency } = this;
    let cost = 0n;
    for (const [index, attempt] of attempts.entries())
      if (this.#currencyOf(index) === currency)
        cost += this.#costOf(this.#countUsage(attempt, index, request), index).charged;
    return cost;
  }

  ofAttempt(attempt: Attempt, index: number, request: RequestFacts): AttemptRecord {
    const { startedMs } = request;
    const outcome = outcomeOf(attempt, request);
    const counted = this.#countUsage(attempt, index, request);
    const { usage, chargedUsage = usage, estimated } = counted;
    const pieces = piecesOf(chargedUsage.counts ?? usage.counts);
    const { charged, provider } = this.#costOf(counted, index);
    const price = this.#prices[index] ?? freePrice;
    const charge = this.#charges?.[index];
    const currency = this.#currencyOf(index);
    return {
      provider: attempt.provider,
      model: attempt.model,
      startedMs: Math.round(attempt.startedMs - startedMs),
      sentMs: since(startedMs, attempt.sentMs),
      firstTextMs: since(startedMs, attempt.firstTextMs),
      durationMs: Math.round((attempt.closedMs ?? performance.now()) - attempt.startedMs),
      vendorRequestId: attempt.vendorRequestId,
      outcome,
      inputTokens: usage.inputTokens,
      cachedInputTokens: usage.cachedInputTokens,
      cacheWriteTokens: usage.cacheWriteTokens,
      outputTokens: usage.outputTokens,
      reasoningTokens: usage.reasoningTokens,
      estimated,
      cost: charged,
      vendorCost: usage.vendorCost ?? null,
      currency,
      providerCost: charge === undefined ? null : provider,
      providerCurrency: price.currency === currency ? null : price.currency,
      providerKey: attempt.key ?? null,
      images: pieces.images,
      seconds: pieces.seconds,
      characters: pieces.characters,
      searches: pieces.searches,
      vendorStatus: attempt.failure?.vendorStatus ?? null,
      vendorCode: attempt.failure?.vendorCode ?? null,
    };
  }

  counts(attempts: readonly AttemptRecord[]): CountSums {
    const [first] = attempts;
    if (attempts.length === 1 && first) return first;
    return attempts.reduce<CountSums>(
      (sum, attempt) => ({
        inputTokens: sum.inputTokens + attempt.inputTokens,
        cachedInputTokens: sum.cachedInputTokens + attempt.cachedInputTokens,
        cacheWriteTokens: sum.cacheWriteTokens + attempt.cacheWriteTokens,
        outputTokens: sum.outputTokens + attempt.outputTokens,
        reasoningTokens: sum.reasoningTokens + attempt.reasoningTokens,
        estimated: sum.estimated || attempt.estimated,
        images: sum.images + attempt.images,
        seconds: sum.seconds + attempt.seconds,
        characters: sum.characters + attempt.characters,
        searches: sum.searches + attempt.searches,
      }),
      { ...noUsage, ...noPieces, estimated: false },
    );
  }

  /** The amounts in the currencies of the last attempt; the others stay with their attempts. */
  money(attempts: readonly AttemptRecord[]): MoneySums {
    const last = attempts.at(-1);
    const currency = last?.currency ?? freePrice.currency;
    const providerCurrency = last?.providerCurrency ?? null;
    let cost = 0n;
    let providerCost = 0n;
    let vendorCost: Nano | null = null;
    let comparedCost: Nano | null = null;
    let isSplit = false;
    for (const attempt of attempts) {
      const ofProvider = attempt.providerCurrency ?? attempt.currency;
      const provider = attempt.providerCost ?? attempt.cost;
      if (attempt.currency === currency) cost += attempt.cost;
      else isSplit ||= attempt.cost !== 0n;
      if (ofProvider !== (providerCurrency ?? currency)) {
        isSplit ||= provider !== 0n || attempt.vendorCost !== null;
        continue;
      }
      providerCost += provider;
      if (attempt.vendorCost?.currency !== ofProvider) continue;
      vendorCost = (vendorCost ?? 0n) + attempt.vendorCost.amount;
      comparedCost = (comparedCost ?? 0n) + provider;
    }
    const isSame = providerCost === cost && providerCurrency === null;
    return {
      cost,
      currency,
      providerCost: isSame ? null : providerCost,
      providerCurrency,
      vendorCost,
      comparedCost,
      isSplit,
    };
  }

  #currencyOf(index: number): string {
    const charge = this.#charges?.[index];
    return (typeof charge === "object" ? charge : (this.#prices[index] ?? freePrice)).currency;
  }

  #countUsage(attempt: Attempt, index: number, request: RequestFacts): Counted {
    const outcome = outcomeOf(attempt, request);
    const counted = countUsage(attempt, outcome, request, this.#prices[index] ?? freePrice);
    const charge = this.#charges?.[index];
    if (typeof charge !== "object" || !mayCountPieces(request.operation)) return counted;
    // What is counted by the piece depends on the fees, and a charge may have others.
    const charged = countUsage(attempt, outcome, request, charge);
    return { ...counted, chargedUsage: charged.usage, estimated: counted.estimated || charged.estimated };
  }

  #costOf({ usage, chargedUsage = usage }: Counted, index: number): Costed {
    if (this.#costed?.usage === usage && this.#costed.index === index) return this.#costed;
    const charge = this.#charges?.[index];
    const occasion = this.#occasion;
    // What was never sent, or was refused, has no fee either.
    const isFree = usage === noUsage;
    const provider = isFree ? 0n : costOf(usage, this.#prices[index] ?? freePrice, occasion);
    let charged = provider;
    if (typeof charge === "bigint") charged = divideHalfEven(provider * charge, factorOne);
    else if (charge && !isFree) charged = costOf(chargedUsage, charge, occasion);
    return (this.#costed = { usage, index, provider, charged });
  }
}

/** What an attempt costs, and what is charged for it. */
interface Costed {
  usage: Usage;
  index: number;
  provider: Nano;
  charged: Nano;
}

function outcomeOf(attempt: Attempt, request: RequestFacts): UsageRecord["outcome"] {
  return attempt.failure?.code ?? (attempt.closedMs === null ? request.outcome : "ok");
}

/** Whether a price by the piece counts otherwise than one by tokens. */
function mayCountPieces(operation: RecordedOperation): boolean {
  return operation === "rerank" || isPassed(operation);
}

function since(startedMs: number, ms: number | null): number | null {
  return ms === null ? null : Math.round(ms - startedMs);
}

/** No tokenizer's tokens are longer than this on average over a text, runs of spaces included. */
const bytesPerTokenMax = 64;

/**
 * What an attempt is billed for. The target's own count is believed unless it can't be right: nothing or next to nothing for a
 * text, less than it said before, a sum that does not add up, text that came after it. Then the larger of count and estimate
 * is billed, and marked as estimated.
 *
 * Without a count the estimate is all there is: of the prompt where the target answered, or was at work when it was given up;
 * and of the text that the client was shown. A call that was never sent, or was refused, cost nothing. A count that came before an
 * answer was given up is marked as well, unless its target says that it is the last.
 */
function countUsage(attempt: Attempt, outcome: UsageRecord["outcome"], request: RequestFacts, price: Price): Counted {
  const counted = withThoughts(countParts(attempt, outcome, request, price), attempt);
  const serviceTier = attempt.servedTier ?? counted.usage.serviceTier ?? attempt.serviceTier;
  if (serviceTier === counted.usage.serviceTier || serviceTier === undefined || counted === nothing) return counted;
  return { ...counted, usage: { ...counted.usage, serviceTier } };
}

/** Alibaba bills an answer with thoughts at another price, and in some of its formats does not count them. */
function withThoughts(counted: Counted, { hasThoughts }: Attempt): Counted {
  if (!hasThoughts || counted === nothing || counted.usage.reasoningTokens > 0) return counted;
  return { ...counted, usage: { ...counted.usage, hasThoughts } };
}

function countParts(attempt: Attempt, outcome: UsageRecord["outcome"], request: RequestFacts, price: Price): Counted {
  const { usage, textBytes } = attempt;
  const hasAnswered = outcome === "ok" || textBytes > 0;
  // What was counted on the way is not all that the target charges for.
  const isCut = givenUp.has(outcome) && !attempt.isCounted;
  if (usage && !hasAnswered) return { usage, estimated: isCut };
  const isCharged = hasAnswered || (attempt.sentMs !== null && givenUp.has(outcome));
  if (!isCharged || isFree(request.operation)) return nothing;
  if (isPassed(request.operation)) return countPassed(attempt, request, price, outcome === "ok");
  const searches = request.operation === "rerank" ? countSearches(attempt, request, price) : undefined;
  if (searches) return searches;
  if (usage && isBelievable(attempt, usage, request)) return { usage, estimated: isCut };
  const isShown = outcome === "ok" || attempt.isShown;
  const input = estimateTokens(request.promptBytes);
  const output = isShown ? estimateTokens(textBytes) : 0;
  if (!usage) return { usage: { ...noUsage, inputTokens: input, outputTokens: output }, estimated: true };
  const inputTokens = isInputBelievable(usage, request) ? usage.inputTokens : Math.max(usage.inputTokens, input);
  return {
    usage: { ...usage, inputTokens, outputTokens: Math.max(usage.outputTokens, output) },
    estimated: true,
  };
}

interface Counted {
  usage: Usage;
  /** What a charge is for, where it is counted in another way. */
  chargedUsage?: Usage;
  estimated: boolean;
}

const nothing: Counted = { usage: noUsage, estimated: false };

function isBelievable(attempt: Attempt, usage: Usage, request: RequestFacts): boolean {
  return (
    attempt.uncountedBytes === 0 &&
    !usage.isOutputDoubtful &&
    usage.outputTokens * bytesPerTokenMax >= attempt.textBytes &&
    isInputBelievable(usage, request)
  );
}

function isInputBelievable(usage: Usage, { promptBytes }: RequestFacts): boolean {
  return !usage.isInputDoubtful && (usage.inputTokens > 0 || promptBytes === 0);
}
