import type { Nano } from "../base/money.ts";
import type { Attempt } from "../call/index.ts";
import { convert } from "../ledger/index.ts";
import type { AttemptRecord, Caller, RateTable, ProjectAccounts, UsageRecord } from "../ledger/index.ts";
import type { Bill, RequestFacts } from "./bill.ts";
import type { Attribution } from "./tags/attribution.ts";

/** What a record says of its request beside the attempts and what they cost. */
interface RecordedRequest extends Pick<
  UsageRecord,
  "id" | "time" | "model" | "askedModel" | "provider" | "dialect" | "status" | "streamed" | "latencyMs" | "firstTokenMs"
> {
  caller: Pick<Caller, "keyId" | "project">;
  attribution: Attribution;
  accounts: RecordedAccounts | undefined;
}

/** Whose budgets a request counts against. */
export interface RecordedAccounts {
  project: Pick<ProjectAccounts, "organisation" | "currency"> | undefined;
  rates: RateTable | undefined;
}

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
  const accounts = request.accounts?.project;
  const accountCost = accounts ? accountCostOf(recorded, money, accounts.currency, request) : null;
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
    askedModel: request.askedModel,
    organisation: accounts?.organisation ?? "",
    accountCost,
    accountCurrency: accountCost === null ? null : (accounts?.currency ?? null),
  };
}

/** What a request costs in the currency of its accounts; null where that is its cost as it is, or no exchange rate is known. */
function accountCostOf(
  attempts: readonly AttemptRecord[],
  money: Pick<UsageRecord, "currency" | "isSplit">,
  wanted: string,
  { time, accounts }: Pick<RecordedRequest, "time" | "accounts">,
): Nano | null {
  if (!money.isSplit && money.currency === wanted) return null;
  let sum = 0n;
  for (const { cost, currency } of attempts) {
    const { rates } = accounts ?? {};
    const converted = cost === 0n || !rates ? undefined : convert(cost, currency ?? wanted, wanted, time, rates);
    const own = currency === wanted || cost === 0n ? cost : converted;
    if (own === undefined) return null;
    sum += own;
  }
  return sum;
}
