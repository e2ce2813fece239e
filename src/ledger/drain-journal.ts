import type { Journal, JournalPosition } from "./journal.ts";
import type { LineLog } from "./insert-fitting.ts";

/** Time between two drains. A batch is dearer than its records when it is small; reports do not wait for the next one. */
const intervalMsDefault = 250;

interface DrainDeps {
  journal: Pick<Journal, "dir" | "position" | "durableBytesTotal">;
  store: { drainJournal(dir: string, position: JournalPosition): Promise<boolean> };
  log: LineLog;
}

/** Says again and again how far this process's journal is durable, so that the store takes it in; the store does the work. */
export class JournalDrain {
  readonly #deps: DrainDeps;
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** What the store has for certain. */
  #drained: JournalPosition = { sequence: -1, durableBytes: 0 };
  /** What the store has of the journal's `durableBytesTotal`. */
  #drainedBytes = 0;
  /** Since when there is more, monotonic. */
  #behindSinceMs: number | undefined;
  #lastTakenMs: number | undefined;
  #isRunning = false;
  #isFailing = false;

  constructor(deps: DrainDeps, options: { intervalMs?: number } = {}) {
    this.#deps = deps;
    this.#intervalMs = options.intervalMs ?? intervalMsDefault;
  }

  run(): void {
    this.#timer = setInterval(() => {
      this.#noteLag();
      if (!this.#isRunning) void this.#tryDrain();
    }, this.#intervalMs);
  }

  /** Resolves when the store has all that is durable now; rejects where it does not take it. */
  async drain(): Promise<void> {
    const { journal, store } = this.#deps;
    const { position, durableBytesTotal } = journal;
    if (position.sequence === this.#drained.sequence && position.durableBytes === this.#drained.durableBytes) return;
    const saidMs = performance.now();
    while (!(await store.drainJournal(journal.dir, position)));
    this.#drained = position;
    if (durableBytesTotal <= this.#drainedBytes) return;
    this.#drainedBytes = durableBytesTotal;
    this.#lastTakenMs = Date.now();
    // What is left has come since.
    this.#behindSinceMs = journal.durableBytesTotal > durableBytesTotal ? saidMs : undefined;
  }

  /** What is durable and not yet in the store, in bytes, and for how long the oldest of it has been seen waiting. */
  get lag(): { bytes: number; ageMs: number } {
    this.#noteLag();
    const since = this.#behindSinceMs;
    return {
      bytes: this.#deps.journal.durableBytesTotal - this.#drainedBytes,
      ageMs: since === undefined ? 0 : performance.now() - since,
    };
  }

  /** When the store last took something, milliseconds since 1970; undefined before that. */
  get lastTakenMs(): number | undefined {
    return this.#lastTakenMs;
  }

  #noteLag(): void {
    if (this.#deps.journal.durableBytesTotal > this.#drainedBytes) this.#behindSinceMs ??= performance.now();
  }

  /** Ends with a last drain. Resolves with whether the store has all; what it has not stays in the journal, for the next start. */
  async stop(): Promise<boolean> {
    clearInterval(this.#timer);
    await this.#tryDrain();
    return !this.#isFailing;
  }

  async #tryDrain(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.drain();
      this.#isFailing = false;
    } catch (error) {
      const text = "the store did not take usage records; they stay in the journal and are tried again";
      // Said once: a full disk would fill with the log otherwise.
      if (!this.#isFailing) this.#deps.log.warn({ err: error }, text);
      this.#isFailing = true;
    } finally {
      this.#isRunning = false;
    }
  }
}
