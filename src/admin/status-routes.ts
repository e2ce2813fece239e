import { createRoute } from "@hono/zod-openapi";
import type { Snapshot } from "../config/index.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { encodeApiUsageSum, type Store } from "../ledger/index.ts";
import type { Clock } from "../base/clock.ts";
import { servedProviders, type ProviderDeps } from "./provider-routes.ts";
import { json, type AdminApp } from "./route-parts.ts";
import { statusSchema, type Status } from "./status-schemas.ts";

export interface StatusDeps extends Pick<ProviderDeps, "snapshot"> {
  store: Pick<Store, "sumUsage">;
  clock: Pick<Clock, "now">;
  version: string;
  /** What stays the same while it runs. */
  process: { startedMs: number; workers: number; dataDir: string; database: string };
  /** Replicas that failed a moment ago, as the process that answers has seen. */
  resting(): { provider: string; model: string }[];
  engines(): Promise<FleetStatus>;
  drain(): Promise<void>;
}

const dayMs = 24 * 3_600_000;

/** One answer that says how all of Sahab is. */
export function addStatusRoute(app: AdminApp, deps: StatusDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/status",
      summary: "How Sahab is: its process, models, providers, and what was used today",
      responses: { 200: json(statusSchema, "As it is now") },
    }),
    async (context) => {
      const { startedMs, workers, dataDir, database } = deps.process;
      const nowMs = deps.clock.now();
      await deps.drain();
      const since = nowMs - (nowMs % dayMs);
      const query = { since, until: undefined, groupBy: [], currency: undefined };
      const [{ engines }, { rows }] = await Promise.all([
        deps.engines(),
        deps.store.sumUsage(context.get("actor").scope, query, { signal: context.req.raw.signal }),
      ]);
      const sums = rows.map(encodeApiUsageSum);
      const snapshot = deps.snapshot();
      const resting = deps.resting();
      return context.json(
        {
          version: deps.version,
          started_at: new Date(startedMs).toISOString(),
          uptime_seconds: Math.max(0, Math.round((nowMs - startedMs) / 1000)),
          workers,
          data_folder: dataDir,
          database,
          models: statesOfModels(snapshot, engines, resting),
          providers: statesOfProviders(snapshot, resting),
          today: {
            since: new Date(since).toISOString(),
            requests: sums.reduce((sum, { requests }) => sum + requests, 0),
            costs: sums.filter(({ requests }) => requests > 0).map(({ currency, cost }) => ({ currency, cost })),
          },
        },
        200,
      );
    },
  );
}

type ModelState = Status["models"][number];

const stateOfEngine: Readonly<Record<string, ModelState["state"]>> = {
  ready: "ready",
  loaded: "ready",
  loading: "loading",
  waiting: "loading",
  sleeping: "asleep",
  leaving: "asleep",
  stored: "asleep",
  draining: "asleep",
  failed: "failed",
};

/** Those that the configuration declares; what providers have beside them is counted with its provider. */
function statesOfModels(
  { models, providers }: Snapshot,
  engines: FleetStatus["engines"],
  resting: ReturnType<StatusDeps["resting"]>,
): ModelState[] {
  const local = new Map(engines.map((engine) => [engine.name, engine]));
  const isResting = (provider: string, model: string) =>
    resting.some((replica) => replica.provider === provider && replica.model === model);
  return [...models].flatMap<ModelState>(([name, entry]) => {
    if (name !== entry.name || entry.owner !== undefined) return [];
    const engine = local.get(name);
    const state = engine && (stateOfEngine[engine.memory?.state ?? engine.state] ?? "loading");
    // A model with vendors' targets beside its own file is served while one of them can.
    const remote = entry.targets.filter(({ provider }) => providers?.values().some((it) => it.name === provider));
    if (engine && (remote.length === 0 || state === "ready"))
      return [{ name, kind: "local", state: state ?? "loading", detail: engine.lastError }];
    // Left out of the list it would be missed, and nobody told why calls are refused.
    if (remote.length === 0)
      return (entry.unpriced ?? []).length === 0
        ? []
        : [{ name, kind: "remote", state: "unpriced", detail: "it has no known price, so calls are refused" }];
    const isWell = remote.some(({ provider, model }) => !isResting(provider, model));
    return [
      {
        name,
        kind: engine ? "mixed" : "remote",
        state: isWell ? "ready" : "resting",
        detail: isWell ? null : "all its providers failed a moment ago; they are tried again within two minutes",
      },
    ];
  });
}

function statesOfProviders(snapshot: Snapshot, resting: ReturnType<StatusDeps["resting"]>): Status["providers"] {
  return servedProviders(snapshot).map(({ name, vendor, models, offered, fault }) => {
    const failed = resting.filter(({ provider }) => provider === name).map(({ model }) => model);
    const state = fault === null ? (failed.length > 0 ? ("resting" as const) : ("ok" as const)) : ("fault" as const);
    const detail =
      fault ?? (failed.length > 0 ? `failed a moment ago: ${[...new Set(failed)].slice(0, 5).join(", ")}` : null);
    return { name, vendor, state, detail, models, offered };
  });
}
