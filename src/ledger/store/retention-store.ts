import type { UsageRecord } from "../record/index.ts";

/** What exports and deletes old usage records needs of the store. Roll-ups stay when records go. */
export interface RetentionStore {
  /**
   * Lets `owner` export and delete for a while, and no other; undefined where another one may. Returns the time from which on records are
   * there: null where none have been deleted yet.
   */
  takeUpkeep(owner: string, leaseMs: number): Promise<{ recordsFromMs: number | null } | undefined>;
  /** The time of the oldest record from `since` on and before `until`; undefined where there is none. */
  oldestUsageMs(range: { since?: number; until: number }): Promise<number | undefined>;
  /** Oldest first, those after `after`. */
  readUsage(range: { since: number; until: number }, page: UsageReading): Promise<UsageRecord[]>;
  /** From now on reports ask for no records before this time. */
  endRecordsBefore(timeMs: number): Promise<void>;
  deleteUsage(ids: readonly string[]): Promise<void>;
}

export interface UsageReading {
  limit: number;
  after: Pick<UsageRecord, "id" | "time"> | undefined;
}
