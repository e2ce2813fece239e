import type { Nano } from "../base/money.ts";
import { estimateTokens, noUsage, type Attempt, type Operation, type Usage } from "../call/index.ts";
import { costOf, type AttemptRecord, type Price, type UsageRecord } from "../ledger/index.ts";

/** What an attempt's record is made from, beside the attempt itself. */
interface RequestFacts {
  /** When the request arrived, milliseconds since 1970. */
  startedMs: number;
  operation: Operation;
  promptBytes: number;
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
  readonly #price: Price;
  /** A cost is asked for twice: for the answer and for the record. */
  #costed: { usage: Usage; cost: Nano } | undefined;

  constructor(price: Price) {
    this.#price = price;
  }

  get currency(): string {
    return this.#price.currency;
  }

  /** Cost of the request when the present attempt ends with this usage. */
  costOfAnswer(usage: Usage, earlier: readonly AttemptRecord[]): Nano {
    return earlier.reduce((sum, attempt) => sum + attempt.cost, this.#costOf(usage));
  }

  ofAttempt(attempt: Attempt, request: RequestFacts): AttemptRecord {
    const { startedMs } = request;
    const outcome = attempt.failure?.code ?? (attempt.closedMs === null ? request.outcome : "ok");
    const { usage, estimated } = countUsage(attempt, outcome, request);
    return {
      provider: attempt.provider,
      model: attempt.model,
      startedMs: attempt.startedMs - startedMs,
      sentMs: since(startedMs, attempt.sentMs),
      firstTextMs: since(startedMs, attempt.firstTextMs),
      durationMs: (attempt.closedMs ?? Date.now()) - attempt.startedMs,
      vendorRequestId: attempt.vendorRequestId,
      outcome,
      inputTokens: usage.inputTokens,
      cachedInputTokens: usage.cachedInputTokens,
      cacheWriteTokens: usage.cacheWriteTokens,
      outputTokens: usage.outputTokens,
      reasoningTokens: usage.reasoningTokens,
      estimated,
      cost: this.#costOf(usage),
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

  #costOf(usage: Usage): Nano {
    if (this.#costed?.usage !== usage) this.#costed = { usage, cost: costOf(usage, this.#price) };
    return this.#costed.cost;
  }
}

function since(startedMs: number, ms: number | null): number | null {
  return ms === null ? null : ms - startedMs;
}

/**
 * The target's own count, or an estimate from what went through. A call that was refused cost nothing; one that was
 * answered, or given up while the target was at work, did. What was said after the last count (Anthropic counts when an
 * answer begins, and at its end) is estimated.
 */
function countUsage(
  attempt: Attempt,
  outcome: UsageRecord["outcome"],
  request: RequestFacts,
): { usage: Usage; estimated: boolean } {
  const { usage, uncountedBytes } = attempt;
  if (usage && uncountedBytes === 0) return { usage, estimated: false };
  if (usage) {
    const outputTokens = usage.outputTokens + estimateTokens(uncountedBytes);
    return { usage: { ...usage, outputTokens }, estimated: true };
  }
  const isCharged = outcome === "ok" || attempt.textBytes > 0 || (attempt.sentMs !== null && givenUp.has(outcome));
  if (!isCharged || request.operation === "token-count") return { usage: noUsage, estimated: false };
  return {
    usage: {
      ...noUsage,
      inputTokens: estimateTokens(request.promptBytes),
      // Vectors are no output: embeddings are billed by their input alone.
      outputTokens: request.operation === "embedding" ? 0 : estimateTokens(attempt.textBytes),
    },
    estimated: true,
  };
}
