import type { BatchCalls } from "./batch-calls.ts";
import type { RawResult, VendorBatchState } from "./batch-state.ts";
import type { Spool } from "./spool.ts";

/** How batches are spoken of with a vendor. Methods reject with SahabErrors; what a vendor sends makes none of them throw anything else. */
export interface BatchForm {
  /** What comes before the first line, between two, and after the last. */
  readonly frame: readonly [start: string, between: string, end: string];
  /** A line, without what is between two. */
  encodeLine(customId: string, path: string, body: readonly Uint8Array[]): (Uint8Array | string)[];
  /** Resolves with the vendor's id of the new batch. */
  create(calls: BatchCalls, spool: Spool, order: BatchOrder): Promise<string>;
  /** The batch of this order, where it was created before; rejects where that cannot be told yet. */
  find(calls: BatchCalls, order: BatchOrder, search: BatchSearch): Promise<string | undefined>;
  look(calls: BatchCalls, id: string): Promise<VendorBatchState>;
  cancel(calls: BatchCalls, id: string): Promise<void>;
  /** Lines in any order; undefined for one that cannot be read. A line may come twice, where a file had to be fetched again. */
  results(calls: BatchCalls, state: VendorBatchState): AsyncGenerator<RawResult | undefined>;
  /** Deletes what is kept of it there. */
  discard(calls: BatchCalls, state: VendorBatchState): Promise<void>;
}

export interface BatchOrder {
  /** Our own name of it, at most 40 letters, digits and `_`: every line's id begins with it. */
  marker: string;
  path: string;
  window: string;
  lines: number;
}

export interface BatchSearch {
  /** When it may have been created at the earliest. */
  sinceMs: number;
  /** Vendor's ids of batches that are known to be others. */
  known: ReadonlySet<string>;
}

/** Vendors' clocks differ from ours. */
export const skewMs = 3_600_000;
/** Pages of a list of batches that are read, of 100 each. */
export const pagesMax = 50;
