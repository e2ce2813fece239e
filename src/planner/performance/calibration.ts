import calibrations from "../data/calibrations.json" with { type: "json" };
import type { Replica } from "./replica.ts";

/** What a roofline leaves out, as numbers that are fitted to measurements. */
export interface CalibrationNumbers {
  /** Share of the chip's FLOP/s that large matrix products reach. */
  computeEfficiency: number;
  /** Share of the memory's bytes a second that reading weights reaches. */
  memoryEfficiency: number;
  /** Share of the links' bytes a second that a sum over all accelerators reaches. */
  linkEfficiency: number;
  /** What a mixture of experts reaches of both, whose matrices are small and unevenly used. */
  expertEfficiency: number;
  /** What the host needs to launch one layer; it runs ahead of the accelerator, so that the longer of the two counts most. */
  layerLaunchMs: number;
  /** What the host needs in each step for each sequence: choosing its token, its tables of memory. */
  sequenceMs: number;
  /** Watts grow with the load to this power. */
  powerExponent: number;
  /** The load from which on watts are at the limit. */
  powerLoad: number;
  /** How much a reached share of memory's bytes a second counts for the load, against one of FLOP/s. */
  powerMemory: number;
}

/** Fitted numbers, and what they were fitted to. */
export interface Calibration extends CalibrationNumbers {
  /** Id of the accelerator that was measured. */
  accelerator: string;
  source: string;
  date: string;
}

const known: Readonly<Record<NonNullable<Replica["engine"]>, readonly Calibration[]>> = calibrations;

/** That of the accelerator's own chip where it was measured, else that of the H100. */
export function calibrationOf({
  accelerator,
  engine = "current",
}: Pick<Replica, "accelerator" | "engine">): Calibration {
  const measured = known[engine];
  const find = (id: string) => measured.find((calibration) => calibration.accelerator === id);
  const found = find(measuredChip(accelerator.id)) ?? find("h100-sxm");
  if (!found) throw new Error(`Cannot find a calibration of ${engine} engines: none is in data/calibrations.json`);
  return found;
}

/** Whether the efficiencies are of the accelerator's own chip, and not taken over from another one. */
export function isMeasured(of: Pick<Replica, "accelerator" | "engine">): boolean {
  return calibrationOf(of).accelerator === measuredChip(of.accelerator.id);
}

/**
 * How far speeds are from those of the roofline where it has the efficiencies of another chip. Those of the H100 foresee 1.4 times what is published
 * of the B200 (median of 40 points), and 0.6 of the prefill of DeepSeek-V3 on the Ascend 910C.
 */
export const unmeasuredSpread = { low: 0.3, high: 1.7 };

/** Says that it was not measured, and whose efficiencies it has; nothing of an accelerator that was measured. */
export function unmeasuredNote(of: Pick<Replica, "accelerator" | "engine">): string | undefined {
  if (isMeasured(of)) return undefined;
  return `not measured on ${of.accelerator.id}: efficiencies are those of ${calibrationOf(of).accelerator}`;
}

/** The accelerator under which measurements of the same chip are kept. */
export function measuredChip(id: string): string {
  return sameChip[id] ?? id;
}

/** Chips of one kind that differ in memory and links only. */
const sameChip: Readonly<Record<string, string>> = {
  "a800-80gb": "a100-80gb",
  h800: "h100-sxm",
  h200: "h100-sxm",
  gb200: "b200",
};
