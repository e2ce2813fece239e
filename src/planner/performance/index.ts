import { calibrationOf } from "./calibration.ts";
import type { DecodeWork, PrefillWork, Replica } from "./replica.ts";
import { decodePass, passTimes, prefillPass } from "./roofline.ts";

export { calibrationOf, unmeasuredNote, unmeasuredSpread } from "./calibration.ts";
export { batchMax, throughput, type LatencyGoal } from "./throughput.ts";
export { watts } from "./watts.ts";
export type { AcceleratorFigures, DecodeWork, PrefillWork, Replica } from "./replica.ts";

/** Milliseconds until the first token of `batch` prompts of so many tokens each, of which so many come from a prefix cache. */
export function prefillMs(replica: Replica, work: PrefillWork): number {
  return passTimes(replica, prefillPass(replica, work), calibrationOf(replica)).totalMs;
}

/** Milliseconds of one decode step of `batch` sequences with so many tokens of context on average. */
export function decodeStepMs(replica: Replica, work: DecodeWork): number {
  return passTimes(replica, decodePass(replica, work), calibrationOf(replica)).totalMs;
}
