import { errorTable, type ErrorCode, type SahabError } from "../../base/errors.ts";

/** A limit or a busy target may last for hours; a minute between two tries. */
const waitsMax = 100;
const troublesMax = 3;
const pauseMsMin = 1_000;
const pauseMsMax = 60_000;

/** The key does not let the batch go on. */
const keyFaults = new Set<ErrorCode>([
  "missing_api_key",
  "invalid_api_key",
  "expired_api_key",
  "revoked_api_key",
  "address_not_allowed",
  "forbidden",
]);

/** There is no room now: with Sahab, or with the vendor. */
const fullCodes = new Set<ErrorCode>([
  "rate_limit_exceeded",
  "upstream_rate_limited",
  "overloaded",
  "engine_unavailable",
  "store_unavailable",
  "disk_full",
]);

/** The request was ended from here, and says nothing of the line. */
const cutCodes = new Set<ErrorCode>(["client_closed_request", "shutting_down"]);

/** What a line's failure means: the batch ends; the line was cut; it is tried again; or this is its result. */
export type LineVerdict = "end batch" | "cut" | "again" | "final";

export interface LineTries {
  /** How often there was no room. */
  waits: number;
  /** How often something else went wrong that may go better. */
  troubles: number;
}

export function isKeyFault({ code }: SahabError): boolean {
  return keyFaults.has(code);
}

/** Counts the failure in `tries`. Where no target was asked, the line waits until its window ends. */
export function judgeLine({ code }: SahabError, isAsked: boolean, tries: LineTries): LineVerdict {
  if (keyFaults.has(code)) return "end batch";
  if (cutCodes.has(code)) return "cut";
  if (fullCodes.has(code) && !isAsked) return "again";
  if (fullCodes.has(code)) return ++tries.waits < waitsMax ? "again" : "final";
  if (errorTable[code].blame === "caller") return "final";
  return ++tries.troubles < troublesMax ? "again" : "final";
}

/** Whether a failure is only the moment's, so that without an attempt there is nothing to record. */
export function isOfMoment({ code }: SahabError): boolean {
  return fullCodes.has(code) || cutCodes.has(code);
}

/** The pause of a batch after a failure; of targets' failures each is twice the one before until something succeeds. */
export class BatchPause {
  #ms = 0;
  #untilMs = 0;

  /** Monotonic. */
  get untilMs(): number {
    return this.#untilMs;
  }

  begin(failure: SahabError, isAsked: boolean, nowMs: number): void {
    // Requests that were under way together fail together.
    if (nowMs < this.#untilMs) return;
    if (!isAsked) {
      this.#untilMs = nowMs + pauseMsMin;
      return;
    }
    this.#ms = Math.min(Math.max(2 * this.#ms, pauseMsMin), pauseMsMax);
    this.#untilMs = nowMs + Math.min(Math.max(this.#ms, (failure.retryAfterS ?? 0) * 1_000), pauseMsMax);
  }

  reset(): void {
    this.#ms = 0;
  }
}
