import type { Nano } from "../base/money.ts";
import {
  estimateTokens,
  isPassed,
  noUsage,
  type Attempt,
  type Operation,
  type Pieces,
  type Usage,
} from "../call/index.ts";
import {
  costOf,
  freePrice,
  priceAt,
  type AttemptRecord,
  type DatedPrices,
  type Price,
  type UsageRecord,
} from "../ledger/index.ts";
import { countPassed } from "./count-passed.ts";

/** What an attempt's record is made from, beside the attempt itself. */
export interface RequestFacts {
  /** When the request arrived, monotonic as the times of an attempt are. */
  startedMs: number;
  operation: Operation;
  promptBytes: number;
  /** What is counted of the request itself by the piece. */
  pieces?: Pieces | undefined;
  /** The outcome of an attempt that is not closed yet. */
  outcome: UsageRecord["outcome"];
}

type Sums = Pick<
  UsageRecord,
  "inputTokens" | "cachedInputTokens" | "cacheWriteTokens" | "outputTokens" | "reasoningTokens" | "estimated" | "cost"
>;

/** Ends of an attempt at which its target may still have been reading or writing, and bills for it. */
const givenUp = new Set<UsageRecord["outcome"]>([
  "client_closed_request",
  "upstream_timeout",
  "shutting_down",
  "interrupted",
]);

/** What the attempts of one request cost. A request costs what its attempts cost. */
export class Bill {
  readonly #timeMs: number;
  /** The price of each attempt, in their order. */
  readonly #prices: Price[] = [];
  /** A cost is asked for twice: for the answer and for the record. */
  #costed: { usage: Usage; cost: Nano } | undefined;

  /** `timeMs` is when the request arrived, since 1970: the prices of that time hold, however long it takes. */
  constructor(timeMs: number) {
    this.#timeMs = timeMs;
  }

  /** An attempt begins at a target with these prices. */
  begin(prices: DatedPrices): void {
    this.#prices.push(priceAt(prices, this.#timeMs) ?? freePrice);
  }

  /** That of the last attempt. */
  get currency(): string {
    return (this.#prices.at(-1) ?? freePrice).currency;
  }

  /** Cost of the request as it is now. */
  costOf(attempts: readonly Attempt[], request: RequestFacts): Nano {
    let cost = 0n;
    for (const [index, attempt] of attempts.entries())
      cost += this.#costOf(this.#countUsage(attempt, index, request).usage, index);
    return cost;
  }

  ofAttempt(attempt: Attempt, index: number, request: RequestFacts): AttemptRecord {
    const { startedMs } = request;
    const outcome = outcomeOf(attempt, request);
    const { usage, estimated } = this.#countUsage(attempt, index, request);
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
      cost: this.#costOf(usage, index),
      vendorCost: usage.vendorCost ?? null,
    };
  }

  sum(attempts: readonly AttemptRecord[]): Sums {
    const [first] = attempts;
    if (attempts.length === 1 && first) return first;
    return attempts.reduce<Sums>(
      (sum, attempt) => ({
        inputTokens: sum.inputTokens + attempt.inputTokens,
        cachedInputTokens: sum.cachedInputTokens + attempt.cachedInputTokens,
        cacheWriteTokens: sum.cacheWriteTokens + attempt.cacheWriteTokens,
        outputTokens: sum.outputTokens + attempt.outputTokens,
        reasoningTokens: sum.reasoningTokens + attempt.reasoningTokens,
        estimated: sum.estimated || attempt.estimated,
        cost: sum.cost + attempt.cost,
      }),
      { ...noUsage, estimated: false, cost: 0n },
    );
  }

  #countUsage(attempt: Attempt, index: number, request: RequestFacts): Counted {
    return countUsage(attempt, outcomeOf(attempt, request), request, this.#prices[index] ?? freePrice);
  }

  #costOf(usage: Usage, index: number): Nano {
    if (this.#costed?.usage === usage) return this.#costed.cost;
    // What was never sent, or was refused, has no fee either.
    const price = this.#prices[index] ?? freePrice;
    const cost = usage === noUsage ? 0n : costOf(usage, price, { timeMs: this.#timeMs });
    this.#costed = { usage, cost };
    return cost;
  }
}

function outcomeOf(attempt: Attempt, request: RequestFacts): UsageRecord["outcome"] {
  return attempt.failure?.code ?? (attempt.closedMs === null ? request.outcome : "ok");
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
 * and of the text that the client was shown. A call that was never sent, or was refused, cost nothing.
 */
function countUsage(attempt: Attempt, outcome: UsageRecord["outcome"], request: RequestFacts, price: Price): Counted {
  const { usage, textBytes } = attempt;
  const hasAnswered = outcome === "ok" || textBytes > 0;
  if (usage && !hasAnswered) return { usage, estimated: false };
  const isCharged = hasAnswered || (attempt.sentMs !== null && givenUp.has(outcome));
  if (!isCharged || request.operation === "token-count") return nothing;
  if (isPassed(request.operation)) return countPassed(attempt, request, price, outcome === "ok");
  if (usage && isBelievable(attempt, usage, request)) return { usage, estimated: false };
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
