import type { z } from "@hono/zod-openapi";
import type { CloudConfig } from "../base/cloud-config.ts";
import { formatNano } from "../base/money.ts";
import { freePrice, parsePrice, type KeyRow, type UsageRecord } from "../ledger/index.ts";
import type * as schemas from "./schemas.ts";

export function encodeKey(row: KeyRow, nowMs: number): z.infer<typeof schemas.keySchema> {
  const expired = row.expiresMs !== null && row.expiresMs <= nowMs;
  return {
    id: row.id,
    name: row.name,
    project: row.project,
    prefix: row.prefix,
    created_at: new Date(row.createdMs).toISOString(),
    expires_at: row.expiresMs === null ? null : new Date(row.expiresMs).toISOString(),
    revoked_at: row.revokedMs === null ? null : new Date(row.revokedMs).toISOString(),
    status: row.revokedMs !== null ? "revoked" : expired ? "expired" : "active",
  };
}

export function encodeRecord(record: UsageRecord): z.infer<typeof schemas.requestSchema> {
  return {
    id: record.id,
    time: new Date(record.time).toISOString(),
    key: record.keyId,
    project: record.project,
    model: record.model,
    provider: record.provider,
    operation: record.operation,
    attempts: record.attempts,
    status: record.status,
    outcome: record.outcome,
    stream: record.streamed,
    tokens: {
      input: record.inputTokens,
      cached_input: record.cachedInputTokens,
      output: record.outputTokens,
      reasoning: record.reasoningTokens,
    },
    estimated: record.estimated,
    cost: formatNano(record.cost),
    currency: record.currency,
    latency_ms: record.latencyMs,
    time_to_first_token_ms: record.firstTokenMs,
  };
}

export function encodeModel(model: CloudConfig["models"][number]): z.infer<typeof schemas.modelSchema> {
  const price = model.price ? parsePrice(model.price) : freePrice;
  return {
    name: model.name,
    kind: model.local ? "local" : "remote",
    targets: model.targets ?? [],
    file: model.local?.file ?? null,
    price: {
      currency: price.currency,
      input: formatNano(price.inputPerMillion),
      cached_input: formatNano(price.cachedInputPerMillion),
      output: formatNano(price.outputPerMillion),
    },
  };
}
