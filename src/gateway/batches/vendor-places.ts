import { isPassed, isOperation } from "../../call/index.ts";
import type { Snapshot, Target } from "../../config/index.ts";
import { readWindowMs } from "../../dialect/files-form.ts";
import {
  hasMoneyBound,
  keepPrice,
  parseKeptPrice,
  type BatchRow,
  type Caller,
  type Journal,
  type KeyRing,
  type UsageRecord,
} from "../../ledger/index.ts";
import { route, type ReplicaStates } from "../../router/index.ts";
import { ProviderTarget } from "../../vendor/index.ts";
import { findModel, mayCallModels } from "../callable-models.ts";
import type { KeptReasoning } from "../kept-reasoning.ts";
import type { RouteTable } from "../match-route.ts";
import type { GatewayMetrics } from "../metrics.ts";
import { pricedTargets } from "../priced-targets.ts";
import { batchBoundsOf, submitterOf, type BatchPart, type VendorBatchDeps } from "../vendor-batch.ts";
import type { KeptTerms } from "./batch-state.ts";
import type { KeptPart, KeptPlace } from "./kept-part.ts";
import { lineClient } from "./line-client.ts";

/** A batch as far as vendors' batches depend on it. */
export interface BatchOrder {
  row: Pick<BatchRow, "id" | "project" | "keyId" | "keyHash">;
  terms: Pick<KeptTerms, "endpoint" | "windowMs" | "address" | "attribution">;
}

/** Which vendor's batches lines may go to, and what these are given and bring. */
export interface VendorPlaces {
  /** Rejects where the key is not let in. */
  checkKey(order: BatchOrder): Promise<void>;
  /** Where the lines of a model go; undefined where Sahab runs them. Rejects where the key is not let in. */
  choose(order: BatchOrder, model: string): Promise<{ place: KeptPlace; window: string } | undefined>;
  /** Undefined where the configuration has its provider, or its key, no more. Of models it is not asked. */
  partOf(order: BatchOrder, kept: KeptPart): BatchPart | undefined;
  depsFor(order: BatchOrder, signal: AbortSignal): VendorBatchDeps;
  /** Resolves when the record of a line is durable. */
  settle(record: UsageRecord): Promise<void>;
}

interface Deps extends Pick<VendorBatchDeps, "log" | "bodies" | "folder"> {
  keys: KeyRing;
  states: ReplicaStates;
  journal: Journal;
  metrics: Pick<GatewayMetrics, "observe">;
  reasoning: KeptReasoning;
  routes: RouteTable;
  snapshot: () => Snapshot;
}

export function createVendorPlaces(deps: Deps): VendorPlaces {
  const { keys, states, journal, metrics, reasoning, routes, snapshot, log, bodies, folder } = deps;
  const authenticate = async ({ row, terms }: BatchOrder): Promise<Caller> =>
    mayCallModels(await keys.authenticateAgain({ keyId: row.keyId, hash: row.keyHash }, terms.address));
  const callOf = ({ terms }: BatchOrder) => {
    const { method, path, headers } = lineClient(terms);
    const found = routes.match(method, path, headers);
    if (!found || "allowed" in found || !isOperation(found.route.serves)) return undefined;
    return { dialect: found.dialect, operation: found.route.serves, path };
  };

  return {
    async checkKey(order) {
      await authenticate(order);
    },
    async choose(order, model) {
      const call = callOf(order);
      const caller = await authenticate(order);
      // What is counted by the piece is known of each request alone.
      if (!call || isPassed(call.operation) || journal.fault) return undefined;
      // A vendor cannot be stopped where a budget ends; lines that Sahab runs reserve what they may cost, one by one.
      if (hasMoneyBound(caller, snapshot().accounts?.get(caller.project))) return undefined;
      const { operation, dialect } = call;
      const targets = targetsOf(() =>
        pricedTargets(findModel(snapshot(), caller, model), { operation, pieces: undefined }, Date.now()),
      );
      const [target] = route(targets, states, performance.now(), Math.random);
      const bounds = target && batchBoundsOf(target, { operation, dialect: dialect.name });
      const window = bounds && longestWithin(bounds.windows, order.terms.windowMs);
      if (!bounds || window === undefined || !(target.upstream instanceof ProviderTarget)) return undefined;
      const { provider, key = null } = target;
      const { keyHash } = target.upstream.provider;
      const price = keepPrice(target, Date.now());
      return { place: { provider, key, keyHash, target: target.model, api: bounds.api, price }, window };
    },
    partOf(order, kept) {
      const call = callOf(order);
      const { providers, isolated = new Set<string>() } = snapshot();
      const provider = submitterOf(providers?.values() ?? [], kept);
      if (!call || !provider) return undefined;
      const { marker, model, api } = kept;
      const { name, keyPlace } = provider;
      const target: Target = {
        provider: name,
        model: kept.target,
        priority: 1,
        weight: 1,
        ...(keyPlace !== undefined && { key: keyPlace }),
        ...parseKeptPrice(kept.price),
        upstream: new ProviderTarget(provider, kept.target, { api, isolated }),
      };
      const { keyId, project } = order.row;
      const caller: Caller = { keyId, project, role: "user", models: undefined };
      const accounts = { project: snapshot().accounts?.get(project), rates: snapshot().rates };
      return { ...call, marker, caller, accounts, attribution: order.terms.attribution, model, target };
    },
    depsFor({ row }, signal) {
      const memory = snapshot().forgetful?.has(row.project) ? undefined : reasoning;
      return { log, bodies, folder, memory, signal };
    },
    async settle(record) {
      await journal.settle(record);
      metrics.observe(record);
    },
  };

  /** None where the line's own fault is in the way, which it is told when it is run. */
  function targetsOf(find: () => readonly Target[]): readonly Target[] {
    try {
      return find();
    } catch {
      return [];
    }
  }
}

/** The longest time that is no longer than what the client gives; undefined where the vendor may take longer than that. */
function longestWithin(windows: readonly string[], windowMs: number): string | undefined {
  const within = windows.filter((window) => (readWindowMs(window) ?? Number.POSITIVE_INFINITY) <= windowMs);
  return within.toSorted((one, other) => (readWindowMs(other) ?? 0) - (readWindowMs(one) ?? 0))[0];
}
