import type { Attempt } from "../call/index.ts";
import type { Caller, UsageRecord } from "../ledger/index.ts";
import type { Bill, RequestFacts } from "./bill.ts";
import type { Attribution } from "./tags/attribution.ts";

/** What a record says of its request beside the attempts and what they cost. */
interface RecordedRequest extends Pick<
  UsageRecord,
  "id" | "time" | "model" | "provider" | "dialect" | "status" | "streamed" | "latencyMs" | "firstTokenMs"
> {
  caller: Pick<Caller, "keyId" | "project">;
  attribution: Attribution;
  /** What counts against budgets. */
  charged: Pick<UsageRecord, "organisation" | "accountCost" | "accountCurrency">;
}

/** Of a request whose costs count against nobody's budgets. */
export const notCharged = { organisation: "", accountCost: null, accountCurrency: null } as const;

/** The usage record of a request. It is the sum of its attempts. */
export function recordOf(
  bill: Bill,
  attempts: readonly Attempt[],
  facts: RequestFacts,
  request: RecordedRequest,
): UsageRecord {
  const recorded = attempts.map((attempt, index) => bill.ofAttempt(attempt, index, facts));
  // Spelled out below, since a spread costs as much as the rest of the record.
  const sum = bill.counts(recorded);
  const money = bill.money(recorded);
  return {
    id: request.id,
    time: request.time,
    keyId: request.caller.keyId,
    project: request.caller.project,
    model: request.model,
    provider: request.provider,
    operation: facts.operation,
    dialect: request.dialect,
    attemptCount: attempts.length,
    attempts: recorded,
    status: request.status,
    outcome: facts.outcome,
    streamed: request.streamed,
    inputTokens: sum.inputTokens,
    cachedInputTokens: sum.cachedInputTokens,
    cacheWriteTokens: sum.cacheWriteTokens,
    outputTokens: sum.outputTokens,
    reasoningTokens: sum.reasoningTokens,
    estimated: sum.estimated,
    cost: money.cost,
    currency: money.currency,
    providerCost: money.providerCost,
    providerCurrency: money.providerCurrency,
    vendorCost: money.vendorCost,
    comparedCost: money.comparedCost,
    isSplit: money.isSplit,
    latencyMs: request.latencyMs,
    firstTokenMs: request.firstTokenMs,
    images: sum.images,
    seconds: sum.seconds,
    characters: sum.characters,
    searches: sum.searches,
    user: request.attribution.user,
    tags: request.attribution.tags,
    organisation: request.charged.organisation,
    accountCost: request.charged.accountCost,
    accountCurrency: request.charged.accountCurrency,
  };
}
