import { RoundRobin } from "../../base/round-robin.ts";
import type { Tenant } from "../../base/shares.ts";

/** The requests of all batches that run at once. Those that wait get their turn by project, and within it by key. */
export class LineSlots {
  readonly #most: () => number;
  readonly #waiting = new RoundRobin<() => void>();
  #held = 0;

  /** `most` is asked each time, since the configuration may change. */
  constructor(most: () => number) {
    this.#most = most;
  }

  /** Resolves with what gives the slot back; with undefined where the signal aborts first. */
  take(tenant: Tenant, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const onAbort = () => {
        if (this.#waiting.remove(tenant, admit)) resolve(undefined);
      };
      const admit = () => {
        signal.removeEventListener("abort", onAbort);
        let isHeld = true;
        resolve(() => {
          if (!isHeld) return;
          isHeld = false;
          this.#held--;
          this.#next();
        });
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(tenant, admit);
      this.#next();
    });
  }

  #next(): void {
    while (this.#held < this.#most()) {
      const admit = this.#waiting.take();
      if (!admit) return;
      this.#held++;
      admit();
    }
  }
}
