import type { Nano } from "../../base/money.ts";
import type { UsageRecord, UsageSum, UsageValues } from "../record/index.ts";
import type { AlertStore } from "./alert-store.ts";
import type { AccountStore } from "./account-store.ts";
import type { BatchStore } from "./batch-store.ts";
import type { ConversationStore } from "./conversation-store.ts";
import type { FileStore } from "./file-store.ts";
import type { KeptStore } from "./kept-store.ts";
import type { RetentionStore } from "./retention-store.ts";
import type { Scope } from "./scope.ts";
import type { SessionStore } from "./session-store.ts";

/** A batch held a record that can never be stored: the record is at fault, not the store. */
export class UnfitRecordError extends Error {}

/** State that outlives a process. Every implementation passes the same contract test. */
export interface Store
  extends KeptStore, FileStore, BatchStore, AccountStore, AlertStore, SessionStore, ConversationStore {
  /** A number that grows with every change of the configuration or of a key. */
  version(): Promise<number>;
  /** All resources with their secrets opened, by kind and position. Throws where the master key does not open a secret. */
  readResources(): Promise<Resource[]>;
  /** Replaces all resources if the version is still `expectedVersion`; returns whether it was. */
  writeResources(resources: readonly Resource[], expectedVersion: number): Promise<boolean>;

  /**
   * Seals all secrets anew with the present master key, all of them or none; returns how many. Throws where none of the keys opens
   * one. What is kept between turns goes along, and is not counted.
   */
  resealSecrets(): Promise<number>;
  /** Deletes all secrets and all that is kept, for when the key that sealed them is lost; returns the resources that had a secret. */
  forgetSecrets(): Promise<{ kind: string; name: string }[]>;

  insertKey(key: KeyRow): Promise<void>;
  /** The rows of those keys that there are, in any order; at most a thousand are asked for at a time. */
  findKeysByHash(hashes: readonly string[]): Promise<KeyRow[]>;
  listKeys(scope: Scope): Promise<KeyRow[]>;
  findKey(scope: Scope, id: string): Promise<KeyRow | undefined>;
  /** Returns false when there is no such key. */
  updateKey(id: string, changes: KeyChanges): Promise<boolean>;
  /**
   * Adds `next`, with the models and addresses that the key `id` has at that moment, so that a change of these which has just been made holds
   * for it, too; and lets the key `id` expire at `expiresMs`, unless it does so before. Both or, when there is no such key or it is revoked,
   * neither, and false. `isByOther`: somebody else than its holder does so, who then knows the new key; what the holder keeps does not pass on to
   * it.
   */
  replaceKey(id: string, next: KeyRow, expiresMs: number, options: { isByOther: boolean }): Promise<boolean>;
  /** Keeps the latest use of each key. Changes nothing that other processes must take over, so the version stays. */
  noteKeyUses(uses: readonly KeyUse[]): Promise<void>;
  /** Marks the key as revoked; returns false when there is no such key. A key that is already revoked keeps its time. */
  revokeKey(id: string, timeMs: number): Promise<boolean>;

  /**
   * Adds the usage records whose ids are not there yet and returns how many that were; all of them or, when it throws, none.
   * With the same commit their costs count as spent, and no longer as leased to the holder that they come from.
   * Throws an UnfitRecordError when one of them can never be stored.
   */
  insertUsage(rows: readonly UsageValues[], holder?: string): Promise<number>;
  /**
   * Newest first; with `endedSince` those that ended last. A page with more than one filter may have fewer records than asked for, or none, and still a next one. Rejects with
   * `invalid_request` for a cursor that is none.
   */
  listUsage(scope: Scope, listing: UsageListing): Promise<UsagePage>;
  /**
   * The same as the admin API's answer, in JSON: it takes milliseconds to make, which the thread that serves does not have. `now` is part of it.
   */
  listUsageJson(scope: Scope, listing: UsageListing, now: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The records whose ids begin with a text, in the order of their ids; at most `limit`. */
  findUsage(scope: Scope, idStart: string, limit: number): Promise<UsageRecord[]>;
  /** Rejects with the signal's reason once it is aborted, and with `invalid_request` where there are far too many groups. */
  sumUsage(scope: Scope, query: UsageQuery, options?: { signal?: AbortSignal }): Promise<UsageReport>;
  /** The same as the admin API's answer, in JSON, with points where the query has spans. */
  sumUsageJson(scope: Scope, query: UsageQuery, options?: { signal?: AbortSignal }): Promise<Uint8Array<ArrayBuffer>>;

  close(): Promise<void>;
}

/** The store where its database is open: what the thread of the store has beside what it is asked for. */
export interface OpenStore extends Store, RetentionStore {}

/** A declared resource of the configuration. The store does not know what is in it. */
export interface Resource {
  /** Such as `providers`; kind and name together are unique. */
  kind: string;
  name: string;
  /** Its place among the resources of its kind. */
  position: number;
  /** Kept as JSON. */
  spec: object;
  /** Kept as sealed JSON, and nowhere else; null where nothing is secret. */
  secret: object | null;
  /** Who manages it; absent where that is not known. */
  managedBy?: string;
}

/** What a key is good for: calls of models, `/metrics` alone, or everything. */
export const keyRoles = ["user", "metrics", "admin"] as const;
export type KeyRole = (typeof keyRoles)[number];

export interface KeyRow {
  id: string;
  name: string;
  project: string;
  role: KeyRole;
  /** SHA-256 of the key, hex. */
  hash: string;
  /** The first characters of the key, enough to recognise it. */
  prefix: string;
  createdMs: number;
  expiresMs: number | null;
  revokedMs: number | null;
  /** The budgets and limits of the key, as JSON: DeclaredTerms. */
  terms: string;
  /** Patterns of the models that it may call, of those of its project; null for all of them. */
  models: readonly string[] | null;
  /** Addresses and ranges that it is good from; null for anywhere. */
  addresses: readonly string[] | null;
  /** When it was last used, up to a minute late; null where that is not known. */
  usedMs: number | null;
  /** The id of the key that a rotation has put in its place. */
  replacedBy: string | null;
}

export type KeyChanges = Partial<Pick<KeyRow, "name" | "expiresMs" | "revokedMs" | "models" | "addresses" | "terms">>;

export interface KeyUse {
  id: string;
  usedMs: number;
}

/** One status, or all of them from `min` to `max`. */
export type StatusRange = number | { min: number; max: number };

/** Which records to list. */
export interface UsageListing {
  limit: number;
  /** The `next` of the page before. */
  cursor: string | undefined;
  /** Milliseconds since 1970: from, inclusive. */
  since?: number | undefined;
  /** To, exclusive. */
  until?: number | undefined;
  /** Only records of these keys, at most a thousand. */
  keys?: readonly string[] | undefined;
  /** Each of these may be several, of which a record has one. */
  project?: string | readonly string[] | undefined;
  model?: string | readonly string[] | undefined;
  /** That of the last attempt. */
  provider?: string | readonly string[] | undefined;
  /** One status, or all from `min` to `max`. */
  status?: StatusRange | readonly StatusRange[] | undefined;
  /** Only those that took so long, in milliseconds, or longer. */
  latencyMin?: number | undefined;
  /** Only those that were charged so much, or more, each in its own currency. */
  costMin?: Nano | undefined;
  /** Empty for those without a user. */
  user?: string | undefined;
  /** All of them; an empty value for those without the tag. */
  tags?: readonly { name: string; value: string }[] | undefined;
  /** Only records of requests that ended then or later. */
  endedSince?: number | undefined;
}

export interface UsagePage {
  records: UsageRecord[];
  /** The cursor of the next page; null where there is none. */
  next: string | null;
}

export const usageGroups = ["model", "key", "project", "provider", "day", "user"] as const;
/** `tag:NAME` sums by the value of the tag of that name. */
export type UsageGroup = (typeof usageGroups)[number] | `tag:${string}`;

export interface UsageQuery {
  /** Milliseconds since 1970: from, inclusive. */
  since: number | undefined;
  /** To, exclusive. */
  until: number | undefined;
  /** A row for each combination of these. */
  groupBy: readonly UsageGroup[];
  /** Only amounts in this currency. */
  currency: string | undefined;
  /** Only records of these; an empty text asks for those without a user, or without the tag. */
  keys?: readonly string[] | undefined;
  project?: string | undefined;
  model?: string | undefined;
  /** Only what attempts at this provider used and cost. */
  provider?: string | undefined;
  user?: string | undefined;
  tags?: readonly { name: string; value: string }[] | undefined;
  /** Rows of the report; all of them unless told. */
  rowsMax?: number | undefined;
  /** A report over time, in place of since and until: where each span begins, and where the last one ends. Ascending, milliseconds since 1970. */
  spans?: readonly number[] | undefined;
}

/** The part of a report that is of one span. */
export interface UsagePoint {
  sinceMs: number;
  untilMs: number;
  /** Of the report's rows, those that have something here. */
  rows: UsageSum[];
  /** What the report's rows leave out: a row for each currency, without groups. */
  rest: UsageSum[];
}

export interface UsageReport {
  /** In order of their groups; by cost, the largest first, where users or tags are among these, or there are more rows than asked for. */
  rows: UsageSum[];
  /** How many rows were left out, those of the least cost. */
  more: number;
  /** What was left out, summed: a row for each currency, without groups. */
  rest: UsageSum[];
  /** One for each of the spans that were asked for. */
  points: UsagePoint[];
  /**
   * Where the report needs records that have been deleted (by tag, by user and provider, for parts of hours): the time before which
   * these are missing. Null where nothing is missing.
   */
  cutOffMs: number | null;
}
