/** A turn is short beside the time between two tokens. */
const turnMs = 4;

/** Divides long work on the serving thread, so that others' events come between its parts. */
export class Turns {
  #startedMs = performance.now();

  /** Undefined while the turn lasts; then resolves when the others have had theirs. */
  next(): Promise<void> | undefined {
    if (performance.now() - this.#startedMs < turnMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#startedMs = performance.now();
        resolve();
      });
    });
  }
}
