import type { z } from "@hono/zod-openapi";
import { localProvider, type CloudConfig, type ModelEntry } from "../config/index.ts";
import { formatNano } from "../base/money.ts";
import { freePrice, freePrices, parsePrice, priceAt, type KeyRow, type Price } from "../ledger/index.ts";
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
    price: encodePrice(price),
  };
}

/** A name that leads to a model of a provider without being declared as one: an alias, `provider/id`, or the bare id. */
export function encodeOffered(
  name: string,
  { targets, name: leadsTo }: ModelEntry,
  nowMs: number,
): z.infer<typeof schemas.modelSchema> {
  return {
    name,
    kind: targets.every(({ provider }) => provider === localProvider) ? "local" : "remote",
    targets: targets
      .filter(({ key = 1, provider }) => key === 1 && provider !== localProvider)
      .map(({ provider, model, priority, weight }) => ({ provider, model, priority, weight })),
    file: null,
    price: encodePrice(priceAt(targets[0]?.prices ?? freePrices, nowMs) ?? freePrice),
    ...(leadsTo !== name && { leads_to: leadsTo }),
  };
}

function encodePrice({ currency, rates }: Price): z.infer<typeof schemas.modelSchema>["price"] {
  return {
    currency,
    input: formatNano(rates.input),
    cached_input: formatNano(rates.cachedInput),
    cache_write: formatNano(rates.cacheWrite),
    output: formatNano(rates.output),
  };
}
