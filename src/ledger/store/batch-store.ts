import type { FileRow, ListPage } from "./file-store.ts";

/** Batches of requests. */
export interface BatchStore {
  /** False where the project has as many unfinished ones as it may. */
  insertBatch(batch: NewBatch, unfinishedMax: number): Promise<boolean>;
  findBatch(key: { project: string; id: string }): Promise<BatchRow | undefined>;
  listBatches(page: ListPage): Promise<BatchRow[]>;
  /** Asks for the end of a batch that is validating or in progress; false where there is nothing to cancel. */
  cancelBatch(key: { project: string; id: string; nowMs: number }): Promise<boolean>;

  /**
   * Returns the unfinished batches of this machine that `owner` has, after it has taken those that nobody has any more. While another owner
   * holds a lease, it takes none: one process runs them all, so that a bound on what runs at once holds for all of them. Those of another
   * machine are that one's, since their files are there.
   */
  claimBatches(claim: { owner: string; nowMs: number; untilMs: number }): Promise<BatchRow[]>;
  /** Lets others take what this owner has, or all whose names begin with `owner` and a dot; all of this machine's where none is named. */
  releaseBatches(owner?: string): Promise<void>;
  /** Changes a batch that its owner still has in this epoch, and that is in one of the states `from`. Files are added with it, or neither is. */
  changeBatch(change: BatchChange): Promise<boolean>;
  /** Deletes batches that ended before. */
  sweepBatches(createdBeforeMs: number): Promise<number>;
}

/** validating → in_progress → finalizing → completed; what is not done yet may fail, expire, or be cancelled by way of `cancelling`. */
export const batchStatuses = [
  "validating",
  "failed",
  "in_progress",
  "finalizing",
  "completed",
  "expired",
  "cancelling",
  "cancelled",
] as const;
export type BatchStatus = (typeof batchStatuses)[number];

export interface NewBatch {
  id: string;
  project: string;
  /** Under which its requests run. */
  keyId: string;
  keyHash: string;
  inputFile: string;
  createdMs: number;
  /** When its window ends. */
  expiresMs: number;
  /** What was asked for, as JSON; kept sealed. */
  terms: string;
}

export interface BatchRow extends NewBatch {
  status: BatchStatus;
  /** Grows with each process that takes the batch, so that a former one can change nothing. */
  epoch: number;
  times: Partial<Record<BatchStatus, number>>;
  /** How far it is, as JSON; empty at first. Kept sealed. */
  progress: string;
}

export interface BatchChange {
  id: string;
  epoch: number;
  nowMs: number;
  from: readonly BatchStatus[];
  /** Undefined leaves the status as it is. */
  to?: BatchStatus | undefined;
  progress?: string | undefined;
  files?: readonly FileRow[];
}
