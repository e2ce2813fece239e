import { SahabError } from "../base/errors.ts";

/** Hashes of one question: with the pause, more a second than a process can receive. */
const batchMax = 1_000;
/** Requests that wait for a question; 64 characters of a hash and a promise each. */
const waitingMax = 20_000;

interface GroupedLookupsOptions {
  /** What is looked up, for people. */
  what: string;
  /** Between two questions to the store. */
  pauseMs: number;
}

/**
 * Looks rows up in the store by the hash of a secret that a client sends. The first goes at once; those that come within a moment
 * after it go together in the next question. So a flood of wrong secrets holds a good one up for one such moment, and the store for
 * no longer.
 */
export class GroupedLookups<Row extends { hash: string }> {
  readonly #ask: (hashes: readonly string[]) => Promise<Row[]>;
  readonly #options: GroupedLookupsOptions;
  readonly #waiting = new Map<string, PromiseWithResolvers<Row | undefined>>();
  #isPausing = false;

  constructor(ask: (hashes: readonly string[]) => Promise<Row[]>, options: GroupedLookupsOptions) {
    this.#ask = ask;
    this.#options = options;
  }

  /** Rejects with what the store throws, or with `overloaded`. */
  find(hash: string): Promise<Row | undefined> {
    let asked = this.#waiting.get(hash);
    if (!asked) {
      if (this.#waiting.size >= waitingMax)
        return Promise.reject(
          new SahabError(
            "overloaded",
            `${waitingMax} ${this.#options.what} wait to be checked, which is the limit; try again shortly`,
            { retryAfterS: 1 },
          ),
        );
      asked = Promise.withResolvers();
      this.#waiting.set(hash, asked);
      if (!this.#isPausing) void this.#askNext();
    }
    return asked.promise;
  }

  async #askNext(): Promise<void> {
    this.#isPausing = true;
    // One that the store does not answer holds up no later one.
    setTimeout(() => {
      this.#isPausing = false;
      if (this.#waiting.size > 0) void this.#askNext();
    }, this.#options.pauseMs);
    const batch = [...this.#waiting].slice(0, batchMax);
    for (const [hash] of batch) this.#waiting.delete(hash);
    try {
      const rows = await this.#ask(batch.map(([hash]) => hash));
      const byHash = new Map(rows.map((row) => [row.hash, row]));
      for (const [hash, { resolve }] of batch) resolve(byHash.get(hash));
    } catch (error) {
      for (const [, { reject }] of batch) reject(error);
    }
  }
}
