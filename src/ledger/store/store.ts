import type { CloudConfig } from "../../base/cloud-config.ts";
import type { Nano } from "../../base/money.ts";
import type { UsageRecord } from "../usage-record.ts";

/** A batch held a record that no try will ever store: the record is at fault, and not the store. */
export class UnfitRecordError extends Error {}

/** What outlives a process. SQLite today; every implementation passes the same contract test. */
export interface Store {
  /** A number that grows with every change of the configuration or of a key. */
  version(): Promise<number>;
  /** The configuration with its secrets opened. */
  readConfig(): Promise<CloudConfig>;
  /** Replaces the configuration if it is still the one of `expectedVersion`; returns whether it was. */
  writeConfig(config: CloudConfig, expectedVersion: number): Promise<boolean>;

  insertKey(key: KeyRow): Promise<void>;
  findKeyByHash(hash: string): Promise<KeyRow | undefined>;
  listKeys(): Promise<KeyRow[]>;
  /** Marks the key as revoked; returns false when there is no such key. A key that is already revoked keeps its time. */
  revokeKey(id: string, timeMs: number): Promise<boolean>;

  /**
   * Adds the records whose ids are not there yet and returns how many that were; all of them or, when it throws, none.
   * Throws an UnfitRecordError when one of them cannot be stored at all.
   */
  insertUsage(records: readonly UsageRecord[]): Promise<number>;
  /** Newest first. `cursor` is the `next` of the page before. */
  listUsage(page: {
    limit: number;
    cursor: string | undefined;
  }): Promise<{ records: UsageRecord[]; next: string | null }>;
  sumUsage(query: UsageQuery): Promise<UsageSum[]>;

  close(): Promise<void>;
}

export interface KeyRow {
  id: string;
  name: string;
  project: string;
  /** SHA-256 of the key, hex. */
  hash: string;
  /** The first characters of the key, enough to recognise it. */
  prefix: string;
  createdMs: number;
  expiresMs: number | null;
  revokedMs: number | null;
  /** What the key was created with: budget and limits, as JSON. */
  terms: string;
}

export const usageGroups = ["model", "key", "project", "provider", "day"] as const;
export type UsageGroup = (typeof usageGroups)[number];

export interface UsageQuery {
  /** Milliseconds since 1970: from, inclusive. */
  since: number | undefined;
  /** To, exclusive. */
  until: number | undefined;
  groupBy: UsageGroup;
  /** Only records in this currency, of this project. */
  currency: string | undefined;
  project?: string | undefined;
}

/** One row for each group and currency: amounts of different currencies are never added. */
export interface UsageSum {
  group: string;
  currency: string;
  requests: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  cost: Nano;
}
