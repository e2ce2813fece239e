import { errorTable, type ErrorCode, type SahabError } from "../../base/errors.ts";

/** A limit or a busy target may last for hours; a minute between two tries. */
const waitsMax = 100;
/** With the rests of targets between them some two minutes. */
const troublesMax = 5;
export const pauseMsMin = 1_000;
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

/** Waiting mends none of these: the operator does. */
const lastingCodes = new Set<ErrorCode>(["upstream_authentication", "upstream_model_not_found", "loop_detected"]);

/** The request was ended from here, and says nothing of the line. */
const cutCodes = new Set<ErrorCode>(["client_closed_request", "shutting_down"]);

/** What a line's failure means: the batch ends; the line was cut; it is tried again; or this is its result. */
export type LineVerdict = "end batch" | "cut" | "again" | "final";

/** Failures of a line, or of all lines of a model since one of them succeeded. */
export interface Tries {
  /** How often there was no room. */
  waits: number;
  /** How often something else went wrong. */
  troubles: number;
}

/** The cause of `overloaded` where all targets of a model rest, so that none was asked. */
export class AllAtRest extends Error {}

export function isKeyFault({ code }: SahabError): boolean {
  return keyFaults.has(code);
}

/** Whether the same request would fail again, however long it waits. */
export function isLasting({ code }: SahabError): boolean {
  return lastingCodes.has(code) || (errorTable[code].blame === "caller" && !fullCodes.has(code) && !cutCodes.has(code));
}

export function countTry(tries: Tries, { code }: SahabError): void {
  if (fullCodes.has(code)) tries.waits++;
  else tries.troubles++;
}

export function isGivenUp({ waits, troubles }: Tries): boolean {
  return waits >= waitsMax || troubles >= troublesMax;
}

/** `tries` has the failure counted. Where no target was asked, the line waits until its window ends. */
export function judgeLine(
  failure: SahabError,
  { isAsked, isLasting: lasts }: { isAsked: boolean; isLasting: boolean },
  tries: Tries,
): LineVerdict {
  const { code } = failure;
  if (keyFaults.has(code)) return "end batch";
  if (cutCodes.has(code)) return "cut";
  if (fullCodes.has(code) && !isAsked) return "again";
  return lasts || isLasting(failure) || isGivenUp(tries) ? "final" : "again";
}

/** Whether a failure is only the moment's, so that without an attempt there is nothing to record. */
export function isOfMoment({ code }: SahabError): boolean {
  return fullCodes.has(code) || cutCodes.has(code);
}

/** Pauses after failures: each is twice the one before until something succeeds, yet no shorter than the failure asks for. */
export function nextPauseMs(lastMs: number, failure: SahabError): number {
  const grownMs = Math.max(2 * lastMs, pauseMsMin);
  return Math.min(Math.max(grownMs, (failure.retryAfterS ?? 0) * 1_000), pauseMsMax);
}
