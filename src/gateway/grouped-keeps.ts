import { SahabError } from "../base/errors.ts";
import type { KeptRow, Store } from "../ledger/index.ts";

/** What waits to be written, of all requests. */
const waitingBytesMax = 64 * 1024 * 1024;

/** Writes rows that are to be kept. What comes while a write is under way goes together in the next: each costs a sync of the disk. */
export class GroupedKeeps {
  readonly #store: Pick<Store, "keep">;
  #waiting: KeptRow[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(store: Pick<Store, "keep">) {
    this.#store = store;
  }

  /** Resolves when the rows are kept. Rejects with what the store throws, or with `overloaded`. */
  async keep(rows: readonly KeptRow[]): Promise<void> {
    const bytes = rows.reduce((sum, { request, answer }) => sum + (request?.length ?? 0) + (answer?.length ?? 0), 0);
    if (this.#waitingBytes + bytes > waitingBytesMax)
      throw new SahabError("overloaded", "The database takes no more of what is to be kept; try again shortly");
    this.#waiting.push(...rows);
    this.#waitingBytes += bytes;
    await this.#writing?.catch(() => undefined);
    // Another who waited may have taken these along.
    if (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#writing = this.#store.keep(taken);
    }
    await this.#writing;
  }
}
