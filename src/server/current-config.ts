import { readConfig, type CloudConfig, type Snapshot } from "../config/index.ts";
import type { Store } from "../ledger/index.ts";

type ConfigStore = Pick<Store, "version" | "readResources">;

/** Makes of a configuration what the request path serves by. `before` is what it has served by so far. */
type TakeOver = (config: CloudConfig, before: Snapshot | undefined) => Promise<Snapshot>;

/**
 * The configuration that a process serves by. It changes whole or not at all: where the store does not answer, or what it
 * holds cannot be served, all stays as it is, and the next reload tries again.
 */
export class CurrentConfig {
  readonly #store: ConfigStore;
  readonly #takeOver: TakeOver;
  #version: number;
  #config: CloudConfig;
  #snapshot: Snapshot;
  /** Reloads run one after the other, so that a slow one never brings back what a later one has replaced. */
  #reloading: Promise<void> = Promise.resolve();

  private constructor(
    store: ConfigStore,
    takeOver: TakeOver,
    found: { version: number; config: CloudConfig; snapshot: Snapshot },
  ) {
    this.#store = store;
    this.#takeOver = takeOver;
    this.#version = found.version;
    this.#config = found.config;
    this.#snapshot = found.snapshot;
  }

  static async read(store: ConfigStore, takeOver: TakeOver): Promise<CurrentConfig> {
    // The version first: a change between the two is then found by the next reload.
    const version = await store.version();
    const config = await readConfig(store);
    return new CurrentConfig(store, takeOver, { version, config, snapshot: await takeOver(config, undefined) });
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Whether the store has moved on. */
  async isStale(): Promise<boolean> {
    return (await this.#store.version()) !== this.#version;
  }

  reload(): Promise<void> {
    return this.#inTurn(() => this.#reload());
  }

  /** Takes over the same configuration anew, since something that it refers to has changed. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      this.#snapshot = await this.#takeOver(this.#config, this.#snapshot);
    });
  }

  /** Resolves when no change is under way. */
  settled(): Promise<void> {
    return this.#reloading;
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const reloading = this.#reloading.then(change);
    this.#reloading = reloading.catch(() => undefined);
    return reloading;
  }

  async #reload(): Promise<void> {
    const version = await this.#store.version();
    const config = await readConfig(this.#store);
    // A new key leaves the configuration as it is.
    if (!Bun.deepEquals(config, this.#config)) {
      this.#snapshot = await this.#takeOver(config, this.#snapshot);
      this.#config = config;
    }
    this.#version = version;
  }
}
