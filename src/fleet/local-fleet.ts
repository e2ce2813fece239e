import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { seriesName, type MetricValues } from "../base/metric-values.ts";
import { Door, Engine, engineStates, type EngineStatus, machineMemory, type SandboxMode } from "../engine/index.ts";
import {
  budgetOf,
  cacheRamBytes,
  estimateModel,
  keepAliveOf,
  ngramsOf,
  type LocalConfig,
  type LocalSettings,
} from "./model-memory.ts";
import { modelFilePath } from "./model-sources.ts";
import { OnDemand, type MemoryStatus, type ModelMemory } from "./on-demand.ts";

/** How long an engine that is no longer wanted may finish the answers under way. */
const stopGraceMs = 10_000;
/** How long requests wait for an engine that runs always, while it loads or restarts. */
const alwaysWaitMs = 30_000;

interface Running {
  engine: Engine;
  /** What the engine was started with; when that changes, the engine is replaced. */
  settings: string;
  isOnDemand: boolean;
}

interface FleetOptions {
  modelsDir: string;
  socketDir: string;
  /** Where an installation of the engine with GPU back ends may be. */
  engineModuleDir: string;
  tuningsFile: string;
  sandbox: SandboxMode;
}

/** An engine, and its place in memory where it is loaded when it is asked for; null where it runs always. */
export interface LocalModelStatus extends EngineStatus {
  memory: ModelMemory | null;
}

export interface FleetStatus {
  engines: LocalModelStatus[];
  /** Null where all models run always. */
  memory: (MemoryStatus & { machineBytes: number }) | null;
}

/**
 * The local models of the configuration, on this machine. Those without a budget and without `keep_alive` have an engine that runs
 * always; the others are loaded when they are asked for (on-demand.ts).
 */
export class LocalFleet {
  readonly #log: Log;
  readonly #options: FleetOptions;
  readonly #running = new Map<string, Running>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #onDemand: OnDemand;
  readonly #door: Door;

  constructor(deps: { log: Log }, options: FleetOptions) {
    this.#log = deps.log;
    this.#options = options;
    this.#onDemand = new OnDemand({ log: deps.log, door: () => this.#door });
    this.#door = new Door(doorPath(options.socketDir), { wanted: (name, waiting) => this.#wanted(name, waiting) });
  }

  /** Starts what is missing, stops what is no longer wanted, replaces what has changed. Returns at once, while models still load. */
  reconcile(config: LocalConfig): void {
    const wanted = new Map(config.models.flatMap((model) => (model.local ? [[model.name, model.local] as const] : [])));
    for (const [name, running] of this.#running) {
      const local = wanted.get(name);
      const isSame = local && this.#settingsOf(local) === running.settings;
      // One that slept by itself is not simply started: it may be on its way to sleep.
      if (isSame && (!running.isOnDemand || keepAliveOf(config, local) !== undefined)) continue;
      this.#running.delete(name);
      const stop: Promise<void> = running.engine
        .stop({ graceMs: stopGraceMs })
        .finally(() => this.#stopping.delete(stop));
      this.#stopping.add(stop);
      this.#onDemand.retire(name, stop);
      if (!local) this.#door.refuse(name, notHere(name));
    }
    for (const [name, local] of wanted) {
      const keepAliveMs = keepAliveOf(config, local);
      let running = this.#running.get(name);
      if (!running) {
        const isOnDemand = false;
        running = { engine: this.#engineOf(name, local), settings: this.#settingsOf(local), isOnDemand };
        this.#running.set(name, running);
        if (keepAliveMs === undefined) running.engine.start();
      }
      if (keepAliveMs === undefined) continue;
      if (running.isOnDemand) this.#onDemand.setKeepAlive(name, keepAliveMs);
      else {
        running.isOnDemand = true;
        const estimate = () => estimateModel((file) => this.#pathOf(file), local);
        this.#onDemand.add(name, running.engine, { keepAliveMs, estimate });
      }
    }
    this.#onDemand.setBudget(budgetOf(config));
  }

  /** Loads a model, or lets it sleep, at an operator's word. Rejects with `not_found`, and with `conflict` where that cannot be. */
  async setLoaded(name: string, isLoaded: boolean): Promise<void> {
    if (!this.#running.has(name)) throw new SahabError("not_found", `Model ${name} does not run on this machine`);
    if (!this.#onDemand.has(name))
      throw new SahabError(
        "conflict",
        `Model ${name} runs always; it can sleep once it has a keep_alive, or local models have a budget of memory`,
      );
    if (isLoaded) this.#onDemand.wake(name);
    else await this.#onDemand.rest(name);
  }

  async status(): Promise<FleetStatus> {
    const engines = [...this.#running].map(async ([name, { engine }]) => ({
      ...(await engine.status()),
      memory: this.#onDemand.viewOf(name) ?? null,
    }));
    const memory = this.#onDemand.view();
    return {
      engines: await Promise.all(engines),
      memory: memory && { ...memory, machineBytes: machineMemory() },
    };
  }

  /** The configuration of a model and the identity of its files: a change of either replaces the engine. */
  #settingsOf(local: LocalSettings): string {
    // How long it stays loaded is no matter of its process.
    const { keep_alive: _, ...settings } = local;
    const { file, lora = [] } = settings;
    const identities = [file, ...lora.map((one) => one.file)].map((path) => {
      const found = statSync(this.#pathOf(path), { throwIfNoEntry: false });
      return [path, found?.size, found?.mtimeMs];
    });
    return JSON.stringify([settings, identities]);
  }

  #pathOf(file: string): string {
    return modelFilePath(this.#options.modelsDir, file);
  }

  /** What the engines last said, and the places in memory of models that are loaded when they are asked for. */
  metrics(): MetricValues {
    const values: MetricValues = {};
    const engines = [...this.#running].map(([model, { engine }]) => ({ model, engine }));
    for (const state of engineStates)
      values[seriesName("sahab_engine_models", { state })] = engines.filter((one) => one.engine.state === state).length;
    for (const { model, engine } of engines) readEngine(values, model, engine);
    const memory = this.#onDemand.view();
    if (!memory) return values;
    const views = [...this.#running.keys()].flatMap((name) => this.#onDemand.viewOf(name) ?? []);
    values["sahab_local_memory_reserved_bytes"] = memory.reservedBytes;
    values["sahab_local_requests_waiting"] = views.reduce((sum, { waiting }) => sum + waiting, 0);
    values["sahab_local_loads_total"] = this.#onDemand.loads;
    if (memory.budgetBytes !== null) values["sahab_local_memory_budget_bytes"] = memory.budgetBytes;
    for (const place of ["loaded", "loading", "sleeping", "waiting", "leaving", "failed"])
      values[seriesName("sahab_local_models", { state: place })] = views.filter(({ state }) => state === place).length;
    return values;
  }

  async stop(options: { graceMs: number }): Promise<void> {
    this.#onDemand.stop();
    this.#door.close();
    await Promise.all([...this.#running.values()].map(({ engine }) => engine.stop(options)));
    await Promise.all(this.#stopping);
    this.#running.clear();
  }

  #engineOf(name: string, local: LocalSettings): Engine {
    const engine: Engine = new Engine({
      name,
      file: this.#pathOf(local.file),
      contextTokens: local.context,
      slots: local.slots,
      cacheTypeK: local.cache_type_k,
      cacheTypeV: local.cache_type_v,
      loras: local.lora?.map(({ file, scale }) => ({ file: this.#pathOf(file), scale })),
      promptCacheBytesMax: cacheRamBytes(local),
      ngrams: ngramsOf(local),
      socketPath: engineSocketPath(this.#options.socketDir, name),
      engineModuleDir: this.#options.engineModuleDir,
      tuningsFile: this.#options.tuningsFile,
      sandbox: this.#options.sandbox,
      onChange: () => this.#onDemand.changed(engine),
      log: this.#log,
    });
    return engine;
  }

  #wanted(name: string, waiting: { users: number; background: number }): number {
    if (this.#onDemand.has(name)) return this.#onDemand.wanted(name, waiting);
    if (this.#running.has(name)) return alwaysWaitMs;
    throw notHere(name);
  }
}

function readEngine(values: MetricValues, model: string, engine: Engine): void {
  values[seriesName("sahab_engine_slots", { model })] = engine.slots;
  values[seriesName("sahab_engine_memory_bytes", { model })] = engine.residentBytes;
  values[seriesName("sahab_engine_restarts_total", { model })] = engine.restarts;
  const live = engine.lastLive;
  values[seriesName("sahab_engine_slots_busy", { model })] = live?.slotsBusy ?? 0;
  values[seriesName("sahab_engine_queue_requests", { model })] = live?.queueLength ?? 0;
  // A counter that is gone for a while goes on better than one that falls to 0.
  if (!live) return;
  const prompt = (source: string) => seriesName("sahab_engine_prompt_tokens_total", { model, source });
  values[seriesName("sahab_engine_generated_tokens_total", { model })] = live.tokensGenerated;
  values[prompt("evaluated")] = live.promptTokensEvaluated;
  values[prompt("cached")] = live.promptTokensCached;
}

const notHere = (name: string): SahabError =>
  new SahabError("engine_unavailable", `Model ${name} does not run on this machine`, { retryAfterS: 5 });

/**
 * The socket of a model's engine: the same in every process that shares the data folder. In a folder of its own, the only one that
 * the engine can change, so that none can take another's place. Short, since such a path has at most 107 bytes.
 */
export function engineSocketPath(socketDir: string, model: string): string {
  return join(socketDir, createHash("sha256").update(model).digest("hex").slice(0, 12), "s");
}

/** Where requests wait for models that are not loaded. No engine can change it. */
export function doorPath(socketDir: string): string {
  return join(socketDir, "door", "s");
}
