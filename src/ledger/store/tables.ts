import type { ColumnType } from "kysely";
import type { Integer, UsageRow } from "../record/index.ts";
import type { RollupTable } from "./rollup-columns.ts";

/** The tables in SQL; migrations.ts makes them. */
export interface Tables {
  state: { id: Integer; version: Integer };
  resources: {
    kind: string;
    name: string;
    position: Integer;
    spec: string;
    secret: Uint8Array | null;
    managed_by: string | null;
  };
  keys: {
    id: string;
    name: string;
    project: string;
    hash: string;
    prefix: string;
    created_ms: Integer;
    expires_ms: Integer | null;
    revoked_ms: Integer | null;
    terms: string;
    role: string;
    /** Lists as JSON. */
    models: string | null;
    addresses: string | null;
    used_ms: Integer | null;
    replaced_by: string | null;
    /** 1 where somebody else put that key in its place; null else, and where it is not known. */
    replaced_by_other: ColumnType<Integer | null, Integer | null | undefined, Integer | null>;
  };
  /** Browsers that are signed in. */
  sessions: {
    id: string;
    hash: string;
    key_id: string;
    key_hash: string;
    signed_in_with: string;
    address: string;
    user_agent: string;
    created_ms: Integer;
    used_ms: Integer;
    expires_ms: Integer;
  };
  sign_in_links: {
    hash: string;
    key_id: string;
    key_hash: string;
    created_ms: Integer;
    expires_ms: Integer;
    /** When the session that made it ends; null where a key made it. */
    session_expires_ms: Integer | null;
  };
  usage: UsageRow;
  /** Sums over hours and days; rollup-columns.ts says which. */
  usage_sums: RollupTable;
  /** One row. */
  usage_upkeep: {
    id: Integer;
    /** 1 once roll-ups have all records. */
    filled: Integer;
    /** Older records have been exported, and are deleted; null until then. In milliseconds since 1970, as all times here. */
    records_from: Integer | null;
    /** Which process exports and deletes, and until when no other does. */
    owner: string;
    lease_ms: Integer;
  };
  meters: {
    id: string;
    account: string;
    measure: string;
    currency: string;
    start_ms: Integer;
    end_ms: Integer;
    /** Of records and entries in the window. */
    spent: Integer;
    /** What was paid in, of a balance. */
    credit: Integer;
    /** When a lease of it was last renewed. */
    used_ms: Integer;
  };
  leases: {
    meter_id: string;
    holder: string;
    /** In all, since the holder has had one. */
    granted: Integer;
    /** What of that is in `spent` by now. */
    drained: Integer;
    /** What the holder could give back. */
    idle: Integer;
    /** What it lacks, and since when it waits for that; 0 where it does not wait. */
    needs: Integer;
    waits_ms: Integer;
  };
  /** A holder's leases are good until it expires. */
  holders: { id: string; place: string; sequence: Integer; expires_ms: Integer; closed_ms: Integer | null };
  /** What stopped a request of each key last. */
  refusals: { key_id: string; time: Integer; request_id: string; code: string; message: string };
  entries: {
    id: string;
    time: Integer;
    kind: string;
    organisation: string;
    project: string;
    key_id: string;
    amount: Integer;
    currency: string;
    note: string;
    actor: string;
  };
  alerts: {
    id: string;
    meter_id: string;
    percent: Integer;
    /** The limit that it is a percentage of. */
    bound: Integer;
    end_ms: Integer;
    created_ms: Integer;
    body: string;
  };
  /** Rows of those that have neither arrived nor been given up. */
  alert_deliveries: {
    alert_id: string;
    hook: string;
    tries: Integer;
    due_ms: Integer;
    owner: string;
    lease_ms: Integer;
  };
  data_keys: { name: string; sealed: Uint8Array };
  kept: {
    kind: string;
    project: string;
    id: string;
    created_ms: Integer;
    expires_ms: Integer;
    status: string;
    owner: string;
    model: string;
    previous: string;
    bytes: Integer;
    request: Uint8Array | null;
    answer: Uint8Array | null;
  };
  conversations: {
    id: string;
    owner: string;
    project: string;
    created_ms: Integer;
    updated_ms: Integer;
    expires_ms: Integer | null;
    keep_days: Integer | null;
    /** 1 or 0. */
    pinned: Integer;
    messages: Integer;
    bytes: Integer;
    /** Sealed, as are body and media. */
    head: Uint8Array;
  };
  conversation_messages: {
    conversation: string;
    id: string;
    parent: string;
    created_ms: Integer;
    role: string;
    status: string;
    bytes: Integer;
    body: Uint8Array;
    media: Uint8Array | null;
  };
  files: {
    id: string;
    project: string;
    purpose: string;
    bytes: Integer;
    created_ms: Integer;
    expires_ms: Integer;
    name: Uint8Array;
    /** Which machine has its content; empty where the database is this machine's alone. */
    machine: string;
  };
  batches: {
    id: string;
    project: string;
    key_id: string;
    key_hash: string;
    input_file: string;
    status: string;
    created_ms: Integer;
    expires_ms: Integer;
    owner: string;
    lease_ms: Integer;
    epoch: Integer;
    /** Which machine has its files. */
    machine: string;
    /** When it came to each status, as JSON. */
    times: string;
    terms: Uint8Array;
    progress: Uint8Array;
  };
}
