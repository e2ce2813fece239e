import { SahabError } from "../base/errors.ts";
import type { KeyRow, Store } from "./store/index.ts";

/** The store is asked at most twenty times a second, whatever keys are sent: this is what wrong ones can cost it. */
const pauseMs = 50;
/** Keys of one question: with the pause, more a second than a process can receive. */
const batchMax = 1_000;
/** Requests that wait for a question; 64 characters of a hash and a promise each. */
const waitingMax = 20_000;

/**
 * Looks keys up in the store. The first goes at once; those that come within a moment after it go together
 * in the next question. So a flood of wrong keys holds a good one up for one such moment, and the store for no longer.
 */
export class KeyLookups {
  readonly #store: Pick<Store, "findKeysByHash">;
  readonly #waiting = new Map<string, PromiseWithResolvers<KeyRow | undefined>>();
  #isPausing = false;

  constructor(deps: { store: Pick<Store, "findKeysByHash"> }) {
    this.#store = deps.store;
  }

  /** Rejects with what the store throws, or with `overloaded`. */
  find(hash: string): Promise<KeyRow | undefined> {
    let asked = this.#waiting.get(hash);
    if (!asked) {
      if (this.#waiting.size >= waitingMax)
        return Promise.reject(
          new SahabError("overloaded", `${waitingMax} keys wait to be checked, which is the limit; try again shortly`, {
            retryAfterS: 1,
          }),
        );
      asked = Promise.withResolvers();
      this.#waiting.set(hash, asked);
      if (!this.#isPausing) void this.#ask();
    }
    return asked.promise;
  }

  async #ask(): Promise<void> {
    this.#isPausing = true;
    // One that the store does not answer holds up no later one.
    setTimeout(() => {
      this.#isPausing = false;
      if (this.#waiting.size > 0) void this.#ask();
    }, pauseMs);
    const batch = [...this.#waiting].slice(0, batchMax);
    for (const [hash] of batch) this.#waiting.delete(hash);
    try {
      const rows = await this.#store.findKeysByHash(batch.map(([hash]) => hash));
      const byHash = new Map(rows.map((row) => [row.hash, row]));
      for (const [hash, { resolve }] of batch) resolve(byHash.get(hash));
    } catch (error) {
      for (const [, { reject }] of batch) reject(error);
    }
  }
}
