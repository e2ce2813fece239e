import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";
import { Engine, type CacheType, type EngineStatus, type SandboxMode } from "../engine/index.ts";
import { modelFilePath } from "./model-sources.ts";

/** How long an engine that is no longer wanted may finish the answers under way. */
const stopGraceMs = 10_000;

/** A model of the configuration, as far as this machine needs it; without `local` it runs elsewhere. */
interface LocalModelConfig {
  name: string;
  local?:
    | {
        file: string;
        context: number;
        slots: number;
        cache_type_k?: CacheType | undefined;
        cache_type_v?: CacheType | undefined;
        lora?: readonly { file: string; scale: number }[] | undefined;
      }
    | undefined;
}

interface Running {
  engine: Engine;
  /** What the engine was started with; when that changes, the engine is replaced. */
  settings: string;
}

interface FleetOptions {
  modelsDir: string;
  socketDir: string;
  /** Where an installation of the engine with GPU back ends may be. */
  engineModuleDir: string;
  sandbox: SandboxMode;
}

/** Keeps one engine running for each local model of the configuration, on this machine. */
export class LocalFleet {
  readonly #log: Log;
  readonly #options: FleetOptions;
  readonly #running = new Map<string, Running>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(deps: { log: Log }, options: FleetOptions) {
    this.#log = deps.log;
    this.#options = options;
  }

  /** Starts what is missing, stops what is no longer wanted, replaces what has changed. Returns at once, while models still load. */
  reconcile(models: readonly LocalModelConfig[]): void {
    const wanted = new Map(models.flatMap((model) => (model.local ? [[model.name, model.local] as const] : [])));
    for (const [name, running] of this.#running) {
      const local = wanted.get(name);
      if (local && this.#settingsOf(local) === running.settings) continue;
      this.#running.delete(name);
      const stop: Promise<void> = running.engine
        .stop({ graceMs: stopGraceMs })
        .finally(() => this.#stopping.delete(stop));
      this.#stopping.add(stop);
    }
    for (const [name, local] of wanted) {
      if (this.#running.has(name)) continue;
      const engine = new Engine({
        name,
        file: this.#pathOf(local.file),
        contextTokens: local.context,
        slots: local.slots,
        cacheTypeK: local.cache_type_k,
        cacheTypeV: local.cache_type_v,
        loras: local.lora?.map(({ file, scale }) => ({ file: this.#pathOf(file), scale })),
        socketPath: engineSocketPath(this.#options.socketDir, name),
        engineModuleDir: this.#options.engineModuleDir,
        sandbox: this.#options.sandbox,
        log: this.#log,
      });
      this.#running.set(name, { engine, settings: this.#settingsOf(local) });
      engine.start();
    }
  }

  /** The configuration of a model and the identity of its files: a change of either replaces the engine. */
  #settingsOf(local: NonNullable<LocalModelConfig["local"]>): string {
    const { file, context, slots, cache_type_k: typeK, cache_type_v: typeV, lora = [] } = local;
    const identities = [file, ...lora.map((one) => one.file)].map((path) => {
      const found = statSync(this.#pathOf(path), { throwIfNoEntry: false });
      return [path, found?.size, found?.mtimeMs];
    });
    return JSON.stringify([context, slots, typeK, typeV, lora, identities]);
  }

  #pathOf(file: string): string {
    return modelFilePath(this.#options.modelsDir, file);
  }

  status(): Promise<EngineStatus[]> {
    return Promise.all([...this.#running.values()].map(({ engine }) => engine.status()));
  }

  async stop(options: { graceMs: number }): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ engine }) => engine.stop(options)));
    await Promise.all(this.#stopping);
    this.#running.clear();
  }
}

/**
 * The socket of a model's engine: the same in every process that shares the data folder. In a folder of its own, the only one that
 * the engine can change, so that none can take another's place. Short, since such a path has at most 107 bytes.
 */
export function engineSocketPath(socketDir: string, model: string): string {
  return join(socketDir, createHash("sha256").update(model).digest("hex").slice(0, 12), "s");
}
