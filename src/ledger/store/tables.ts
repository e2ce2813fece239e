import type { Integer, UsageRow } from "../record/index.ts";

/** The tables in SQL; migrations.ts makes them. */
export interface Tables {
  state: { id: Integer; version: Integer };
  resources: { kind: string; name: string; position: Integer; spec: string; secret: Uint8Array | null };
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
  };
  usage: UsageRow;
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
  files: {
    id: string;
    project: string;
    purpose: string;
    bytes: Integer;
    created_ms: Integer;
    expires_ms: Integer;
    name: Uint8Array;
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
    /** When it came to each status, as JSON. */
    times: string;
    terms: Uint8Array;
    progress: Uint8Array;
  };
}
