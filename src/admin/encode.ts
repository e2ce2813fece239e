import type { z } from "@hono/zod-openapi";
import type { CloudConfig } from "../config/index.ts";
import { formatNano } from "../base/money.ts";
import { freePrice, parsePrice, type KeyRow } from "../ledger/index.ts";
import type { keySchema } from "./key-schemas.ts";
import type * as schemas from "./schemas.ts";

export function encodeKey(row: KeyRow, nowMs: number): z.infer<typeof keySchema> {
  const expired = row.expiresMs !== null && row.expiresMs <= nowMs;
  return {
    id: row.id,
    name: row.name,
    project: row.project,
    role: row.role,
    prefix: row.prefix,
    created_at: new Date(row.createdMs).toISOString(),
    expires_at: row.expiresMs === null ? null : new Date(row.expiresMs).toISOString(),
    revoked_at: row.revokedMs === null ? null : new Date(row.revokedMs).toISOString(),
    last_used_at: row.usedMs === null ? null : new Date(row.usedMs).toISOString(),
    status: row.revokedMs !== null ? "revoked" : expired ? "expired" : "active",
    models: row.models === null ? null : [...row.models],
    addresses: row.addresses === null ? null : [...row.addresses],
    terms: JSON.parse(row.terms) as Record<string, unknown>,
  };
}

export function encodeModel(model: CloudConfig["models"][number]): z.infer<typeof schemas.modelSchema> {
  const price = model.price && model.price !== "free" ? parsePrice(model.price) : freePrice;
  return {
    name: model.name,
    kind: model.local ? (model.targets ? "mixed" : "local") : "remote",
    targets: model.targets ?? [],
    file: model.local?.file ?? null,
    price: {
      currency: price.currency,
      input: formatNano(price.rates.input),
      cached_input: formatNano(price.rates.cachedInput),
      cache_write: formatNano(price.rates.cacheWrite),
      output: formatNano(price.rates.output),
    },
  };
}
