import type { Log } from "./log.ts";

/** Why something is turned away at the door: the values of `reason` in `sahab_refusals_total`. */
export const refusalReasons = [
  "connections",
  "connection_address",
  "head_bytes",
  "head_timeout",
  "tls_handshake",
  "bad_request",
  "upload_address",
  "requests_total",
  "requests_project",
  "requests_key",
  "requests_address",
  "body_bytes_total",
  "body_bytes_project",
  "body_bytes_key",
  "unauthenticated",
  "key_lookups",
  "host",
  "metrics_key",
  "key_address",
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** Refusals with 401 or 403. The request log has a line for each, or counts it. */
const toldByRequestLog: ReadonlySet<RefusalReason> = new Set(["unauthenticated", "host", "metrics_key", "key_address"]);

/** What is known of the caller that was refused. Never a key, a path or a text of the caller's. */
export interface Refused {
  readonly address?: string;
  readonly project?: string;
  readonly keyId?: string;
}

/** Each reason has a line of the log at most this often, whatever is sent. */
const logEveryMs = 10_000;

interface Tally {
  count: number;
  /** Since the last line of the log. */
  unlogged: number;
  last: Refused;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Counts refusals by reason and logs them: the first at once, further ones summed up. None is told twice where there is a request log. */
export class Refusals {
  readonly #log: Pick<Log, "warn">;
  readonly #hasRequestLog: boolean;
  readonly #tallies = new Map<RefusalReason, Tally>();

  constructor(log: Pick<Log, "warn">, { hasRequestLog = false }: { hasRequestLog?: boolean } = {}) {
    this.#log = log;
    this.#hasRequestLog = hasRequestLog;
  }

  note(reason: RefusalReason, refused: Refused): void {
    let tally = this.#tallies.get(reason);
    if (!tally) this.#tallies.set(reason, (tally = { count: 0, unlogged: 0, last: refused, timer: undefined }));
    tally.count++;
    if (this.#hasRequestLog && toldByRequestLog.has(reason)) return;
    tally.unlogged++;
    tally.last = refused;
    if (tally.timer === undefined) this.#tell(reason, tally);
  }

  count(reason: RefusalReason): number {
    return this.#tallies.get(reason)?.count ?? 0;
  }

  #tell(reason: RefusalReason, tally: Tally): void {
    const { unlogged: count, last } = tally;
    tally.unlogged = 0;
    const { address, project, keyId } = last;
    this.#log.warn({ reason, count, address, project, key: keyId }, "refused");
    tally.timer = setTimeout(() => {
      tally.timer = undefined;
      if (tally.unlogged > 0) this.#tell(reason, tally);
    }, logEveryMs);
    tally.timer.unref();
  }
}
