import type { Nano } from "../../base/money.ts";
import type { Scope } from "./scope.ts";
import type { Claim, Grant, Measure, MeterTerms } from "../account/bank.ts";

/** One life of one serving process, as the store knows it. */
export interface HolderState {
  /** Unique for each life. */
  id: string;
  /** Which process of which machine it is, for people. */
  place: string;
  /** Grows with each renewal. */
  sequence: number;
  /** How long its leases are good without a further renewal. */
  leaseMs: number;
}

/** What stopped a request. */
export interface RefusalNote {
  keyId: string;
  /** Milliseconds since 1970. */
  time: number;
  requestId: string;
  code: string;
  message: string;
}

/** What requests had reserved when a crash cut them, and no record tells of. */
export interface UnknownSpend {
  organisation: string;
  project: string;
  keyId: string;
  currency: string;
  /** When they arrived, or a moment before in the same windows of budgets: milliseconds since 1970. */
  time: number;
  amount: Nano;
}

export const entryKinds = ["adjustment", "top-up", "interrupted"] as const;

/** What is booked beside usage records: a correction, money that was paid in, or what a crash left unknown. Never changed. */
export interface Entry {
  id: string;
  /** Milliseconds since 1970. */
  time: number;
  kind: (typeof entryKinds)[number];
  /** The narrowest account that it is for, and those above it; empty where it is for none of them. */
  organisation: string;
  project: string;
  keyId: string;
  /** What was spent more, or less where it is negative; what was paid in, of a top-up. */
  amount: Nano;
  currency: string;
  note: string;
  /** Id of the key that booked it; empty for Sahab itself. */
  actor: string;
}

/** What the store knows of a meter. What its limit is, the configuration knows. */
export interface MeterView {
  id: string;
  account: string;
  measure: Measure;
  currency: string;
  startMs: number;
  endMs: number;
  /** Of records and entries in its window. */
  spent: Nano;
  /** What was paid in, of a balance. */
  credit: Nano;
  /** What processes have of it, for requests under way and to come. */
  leased: bigint;
  /** The part of that which no request has reserved. */
  idle: bigint;
}

/** What accounts may spend, have spent, and have lent to processes. */
export interface AccountStore {
  /**
   * Renews all leases of a holder and changes those that it claims, in one transaction. Returns the grants in the claims' order, and the ids
   * of all meters for which somebody waits. Rejects with `conflict`, and changes nothing, where the message is not newer than the last one
   * of this holder, or the holder has been closed.
   */
  renewLeases(
    holder: HolderState,
    claims: readonly Claim[],
  ): Promise<{ grants: readonly Grant[]; wanted: readonly string[] }>;
  /** The ids of all meters for which somebody waits. */
  wantedMeters(): Promise<string[]>;
  /**
   * Ends a holder whose records are all in the store: what nobody knows of its requests under way is booked as spent, and what it has
   * not spent is free again. A second call changes nothing.
   */
  closeHolder(id: string, unknown: readonly UnknownSpend[]): Promise<void>;
  /** Returns false where the id is there already; then nothing changes. */
  insertEntry(entry: Entry): Promise<boolean>;
  /** Newest first; `cursor` is the `next` of the page before. */
  listEntries(
    scope: Scope,
    query: {
      project?: string | undefined;
      keyId?: string | undefined;
      organisation?: string | undefined;
      limit: number;
      cursor: string | undefined;
    },
  ): Promise<{ entries: Entry[]; next: string | null }>;
  /** Makes those of these meters that are not there yet, so that what was spent in their windows can be read. */
  openMeters(meters: readonly MeterTerms[]): Promise<void>;
  /** The meters of these accounts whose windows have not ended. Those of organisations and sessions are seen by whoever sees all projects. */
  readMeters(scope: Scope, accounts: readonly string[], nowMs: number): Promise<MeterView[]>;
  /** Keeps the last refusal of each key. */
  noteRefusals(refusals: readonly RefusalNote[]): Promise<void>;
  findRefusal(scope: Scope, keyId: string): Promise<RefusalNote | undefined>;
  /** Deletes what nobody needs any more: meters whose windows ended long ago, sessions that have rested, holders that are gone. */
  sweepAccounts(nowMs: number): Promise<void>;
}
