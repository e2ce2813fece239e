import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { CloudConfig } from "../base/cloud-config.ts";
import type { Log } from "../base/log.ts";
import { Engine, type EngineStatus } from "../engine/index.ts";
import { modelFilePath } from "./model-files.ts";

/** How long a model that is taken away may finish what it is saying. */
const stopGraceMs = 10_000;

type LocalConfig = NonNullable<CloudConfig["models"][number]["local"]>;

interface Running {
  engine: Engine;
  /** What the engine was started with; a change of it means another engine. */
  settings: string;
}

interface FleetOptions {
  modelsDir: string;
  socketDir: string;
  /** Where an installation of the engine with GPU back ends may lie. */
  engineModuleDir: string;
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

  /** Starts what is missing, stops what is no longer wanted, replaces what has changed. Returns at once; loading goes on. */
  reconcile(config: CloudConfig): void {
    const wanted = new Map(config.models.flatMap((model) => (model.local ? [[model.name, model.local] as const] : [])));
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
        file: modelFilePath(this.#options.modelsDir, local.file),
        contextTokens: local.context,
        slots: local.slots,
        socketPath: engineSocketPath(this.#options.socketDir, name),
        engineModuleDir: this.#options.engineModuleDir,
        log: this.#log,
      });
      this.#running.set(name, { engine, settings: this.#settingsOf(local) });
      engine.start();
    }
  }

  /** All that makes an engine another one: what is configured, and which file lies behind its name. */
  #settingsOf(local: LocalConfig): string {
    const file = statSync(modelFilePath(this.#options.modelsDir, local.file), { throwIfNoEntry: false });
    return JSON.stringify([local, file?.size, file?.mtimeMs]);
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

/** The socket of a model's engine: the same in every process that shares the data folder. Short, since such paths hold 107 bytes. */
export function engineSocketPath(socketDir: string, model: string): string {
  return join(socketDir, `${createHash("sha256").update(model).digest("hex").slice(0, 12)}.sock`);
}
