/**
 * Lets one caller have the context to itself for a moment.
 *
 * node-llama-cpp erases tokens of a sequence under a lock that its batching loop holds for as long as any sequence has
 * tokens queued. With two or more streams that is always, so a new request would wait until the others end
 * (measured: supervisor.test.ts has the case). Generators therefore ask here before each step; while somebody holds the pause they
 * stop, the loop runs dry within one step, and the lock comes free.
 */
export class Pause {
  #holders = 0;
  #open: PromiseWithResolvers<void> | undefined;

  /** Undefined while nobody pauses: the common case costs no turn of the event loop. */
  get waiting(): Promise<void> | undefined {
    return this.#open?.promise;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#holders++;
    this.#open ??= Promise.withResolvers<void>();
    try {
      return await work();
    } finally {
      this.#holders--;
      if (this.#holders === 0) {
        const open = this.#open;
        this.#open = undefined;
        open.resolve();
      }
    }
  }
}
