import type { Log } from "../base/log.ts";
import type { StoreThread } from "../ledger/index.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Longer than any report takes: those that began before a day was exported still find its records. */
const graceMsDefault = 90_000;
const intervalMsDefault = hourMs;

interface RetentionDeps {
  store: Pick<StoreThread, "exportUsageDay" | "deleteUsageDay">;
  log: Log;
  clock: { now(): number };
  /** The configuration of now: for how many days records are kept; undefined for ever. */
  usageDays(): number | undefined;
}

/** Every hour, exports usage records that are older than the configuration keeps them, and deletes what was exported. */
export class UsageRetention {
  readonly #deps: RetentionDeps;
  readonly #options: { dir: string; intervalMs: number; graceMs: number };
  #timer: Timer | undefined;
  #isRunning = false;
  readonly #stopped = new AbortController();

  constructor(deps: RetentionDeps, options: { dir: string; intervalMs?: number; graceMs?: number }) {
    this.#deps = deps;
    this.#options = { intervalMs: intervalMsDefault, graceMs: graceMsDefault, ...options };
  }

  run(): void {
    const first = Math.min(60_000, this.#options.intervalMs);
    this.#timer = setTimeout(() => {
      void this.#tryOnce();
      this.#timer = setInterval(() => void this.#tryOnce(), this.#options.intervalMs);
    }, first);
  }

  /** What is under way ends with the day that it is at, or with the store. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort();
  }

  async #tryOnce(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#once();
    } catch (error) {
      if (!this.#stopped.signal.aborted)
        this.#deps.log.error(
          { err: error, folder: this.#options.dir },
          "old usage records could not be exported; they are kept, and it is tried again in an hour",
        );
    } finally {
      this.#isRunning = false;
    }
  }

  async #once(): Promise<void> {
    const { store, clock, log, usageDays } = this.#deps;
    const { dir, graceMs } = this.#options;
    const days = usageDays();
    let exported = 0;
    while (days !== undefined && !this.#stopped.signal.aborted) {
      if ((await store.exportUsageDay(dir, clock.now() - days * dayMs)) === undefined) break;
      exported++;
    }
    if (exported > 0) await this.#pause(graceMs);
    let deleted = 0;
    while (!this.#stopped.signal.aborted) {
      if ((await store.deleteUsageDay(dir)) === undefined) break;
      deleted++;
    }
    if (exported + deleted > 0)
      log.info(
        { folder: dir, exported, deleted },
        "days of usage records were exported, and deleted from the database",
      );
  }

  async #pause(timeMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeMs);
    const { signal } = this.#stopped;
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}
