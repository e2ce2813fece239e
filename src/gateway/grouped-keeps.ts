import { SahabError } from "../base/errors.ts";
import { Shares } from "../base/shares.ts";
import type { NewKept, Store } from "../ledger/index.ts";

/** Bytes that wait to be written or are being written, of all requests; projects share them. */
const waitingBytesMax = 128 * 1024 * 1024;

/** What one caller wants kept. */
interface Waiter {
  readonly rows: readonly NewKept[];
  resolve(areKept: boolean[]): void;
  reject(error: unknown): void;
}

/**
 * Writes rows that are to be kept. What comes while a write is under way goes together in the next, since each write costs a sync
 * of the disk. Each caller hears of its own rows only: where a write fails for what is in it, it is repeated in halves.
 */
export class GroupedKeeps {
  readonly #store: Pick<Store, "keep">;
  readonly #shares = new Shares(waitingBytesMax);
  #waiting: Waiter[] = [];
  #isWriting = false;

  constructor(store: Pick<Store, "keep">) {
    this.#store = store;
  }

  /** Resolves, when it is known, with whether each row is kept. Rejects with what the store throws, or with `overloaded`. */
  async keep(project: string, rows: readonly NewKept[]): Promise<boolean[]> {
    const bytes = rows.reduce((sum, { request, answer }) => sum + (request?.length ?? 0) + (answer?.length ?? 0), 0);
    const tenant = { project, keyId: "" };
    if (this.#shares.take(tenant, bytes) !== undefined)
      throw new SahabError("overloaded", "The database takes no more of what is to be kept; try again shortly", {
        retryAfterS: 1,
      });
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.push({ rows, resolve, reject });
        if (!this.#isWriting) void this.#writeWaiting();
      });
    } finally {
      this.#shares.release(tenant, bytes);
    }
  }

  async #writeWaiting(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0));
    this.#isWriting = false;
  }

  async #write(waiters: readonly Waiter[]): Promise<void> {
    try {
      const areKept = await this.#store.keep(waiters.flatMap(({ rows }) => rows));
      let at = 0;
      for (const { rows, resolve } of waiters) resolve(areKept.slice(at, (at += rows.length)));
    } catch (error) {
      const isOfStore = error instanceof SahabError && error.code === "store_unavailable";
      if (waiters.length === 1 || isOfStore) {
        for (const { reject } of waiters) reject(error);
        return;
      }
      const middle = Math.ceil(waiters.length / 2);
      await this.#write(waiters.slice(0, middle));
      await this.#write(waiters.slice(middle));
    }
  }
}
