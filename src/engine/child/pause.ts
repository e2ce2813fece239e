/**
 * Gives one caller exclusive use of the context for a moment.
 *
 * node-llama-cpp erases tokens of a sequence under a lock. Its batching loop holds that lock as long as any sequence has
 * tokens queued. With two or more streams that is always so, and a new request would wait until the others end
 * (supervisor.test.ts has the case). Generators therefore check here before each step. While there is a pause they stop, the
 * loop has no more work after one step, and the lock is released.
 */
export class Pause {
  #holders = 0;
  #open: PromiseWithResolvers<void> | undefined;

  /** Undefined while there is no pause, so that the common case costs no turn of the event loop. */
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
