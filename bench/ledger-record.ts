import type { AttemptRecord, UsageRecord } from "../src/ledger/index.ts";

/** A record as a busy cloud has them: 50 keys, 20 models, 300 users; of twenty requests one needed a second attempt. */
export function makeLedgerRecord(index: number, time: number): UsageRecord {
  const provider = `provider-${index % 4}`;
  const tokens = {
    inputTokens: 900 + (index % 2_000),
    cachedInputTokens: index % 700,
    cacheWriteTokens: 0,
    outputTokens: 50 + (index % 600),
    reasoningTokens: 0,
    images: 0,
    seconds: 0,
    characters: 0,
    searches: 0,
  };
  const cost = BigInt(1_000_000 + (index % 50_000));
  const money = { cost, currency: "USD", providerCost: null, providerCurrency: null };
  const last: AttemptRecord = {
    provider,
    model: "some-model-of-a-vendor",
    startedMs: 1,
    sentMs: 2,
    firstTextMs: 210,
    durationMs: 1_800,
    vendorRequestId: `chatcmpl-${index}-0123456789abcdef`,
    outcome: "ok",
    estimated: false,
    providerKey: null,
    vendorStatus: null,
    vendorCode: null,
    vendorCost: null,
    ...tokens,
    ...money,
  };
  const failed: AttemptRecord = {
    ...last,
    provider: "provider-9",
    outcome: "upstream_error",
    firstTextMs: null,
    cost: 0n,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
  };
  const attempts = index % 20 === 0 ? [failed, last] : [last];
  return {
    id: `req_${index.toString(32).padStart(26, "0")}`,
    time,
    keyId: `key_${index % 50}`,
    project: index % 3 === 0 ? "default" : `project-${index % 5}`,
    organisation: "acme",
    provider,
    model: `model-${index % 20}`,
    operation: "chat",
    dialect: "openai-chat",
    status: 200,
    outcome: "ok",
    attemptCount: attempts.length,
    attempts,
    streamed: true,
    estimated: false,
    isSplit: false,
    vendorCost: null,
    comparedCost: null,
    accountCost: null,
    accountCurrency: null,
    latencyMs: 1_900,
    firstTokenMs: 210,
    user: `user-${index % 300}`,
    askedModel: "",
    tags: { session: `session-${index % 5_000}`, agent: "an-agent" },
    ...tokens,
    ...money,
  };
}
