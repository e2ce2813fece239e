import type { z } from "@hono/zod-openapi";
import type { DeclaredPrices } from "../base/declared-price.ts";
import { inOrder } from "../base/price-in-force.ts";
import { listOfPrices, pricesOfTarget, type CloudConfig, type KnownPrices, type ModelEntry } from "../config/index.ts";
import type { KeyRow, RefusalNote } from "../ledger/index.ts";
import type { refusalSchema } from "./account-schemas.ts";
import type { keySchema } from "./key-schemas.ts";
import type { modelSchema } from "./model-schemas.ts";
import type { ModelLife } from "./model-life.ts";

/** What a key is good for at a time. */
export function keyStatusOf({ revokedMs, expiresMs }: KeyRow, nowMs: number): "active" | "expired" | "revoked" {
  if (revokedMs !== null) return "revoked";
  return expiresMs !== null && expiresMs <= nowMs ? "expired" : "active";
}

export function encodeKey(row: KeyRow, nowMs: number): z.infer<typeof keySchema> {
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
    status: keyStatusOf(row, nowMs),
    replaced_by: row.replacedBy,
    models: row.models === null ? null : [...row.models],
    addresses: row.addresses === null ? null : [...row.addresses],
    terms: JSON.parse(row.terms) as Record<string, unknown>,
  };
}

export function encodeRefusal({ time, requestId, code, message }: RefusalNote): z.infer<typeof refusalSchema> {
  return { time: new Date(time).toISOString(), request_id: requestId, code, message };
}

/** A model with what it costs at each of its targets, what is charged for it, and how its targets are. */
export function encodeModel(
  model: CloudConfig["models"][number],
  { providers }: Pick<CloudConfig, "providers">,
  catalog: KnownPrices,
  life: ModelLife,
): Omit<z.infer<typeof modelSchema>, "managed_by"> {
  const targets = (model.targets ?? []).map(({ price, ...target }) => {
    const provider = providers.find(({ name }) => name === target.provider);
    const prices = encodePrices(pricesOfTarget(model, { ...target, price }, provider, catalog));
    return { ...target, prices, health: life.healthOf(target.provider, target.model) };
  });
  const { charge } = model;
  const isFactor = typeof charge === "object" && "factor" in charge;
  return {
    name: model.name,
    kind: model.local ? (model.targets ? "mixed" : "local") : "remote",
    targets,
    file: model.local?.file ?? null,
    local: life.localOf(model),
    facts: life.factsOf(model.name),
    prices: model.local ? encodePrices(model.price ?? "free") : (targets[0]?.prices ?? []),
    charge: charge === undefined ? null : isFactor ? { factor: String(charge.factor) } : encodePrices(charge),
  };
}

/** A model of a provider that is there without being declared, or another name for one. */
export function encodeOffered(name: string, entry: ModelEntry, life: ModelLife): z.infer<typeof modelSchema> {
  const prices = encodePrices(entry.prices);
  return {
    name,
    kind: "remote",
    targets: entry.targets
      .filter(({ key = 1 }) => key === 1)
      .map(({ provider, model, priority, weight }) => {
        return { provider, model, priority, weight, prices, health: life.healthOf(provider, model) };
      }),
    file: null,
    local: null,
    facts: life.factsOf(name),
    prices,
    charge: null,
    managed_by: null,
    ...(entry.name !== name && { leads_to: entry.name }),
  };
}

/** None where the price is unknown; one of 0 for what is free. */
function encodePrices(prices: DeclaredPrices | undefined): Record<string, unknown>[] {
  if (prices === "free") return [{ currency: "USD", input: 0, output: 0 }];
  return inOrder(listOfPrices(prices)).map((price) => ({ ...price }));
}
