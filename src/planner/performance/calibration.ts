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

/** The accelerator itself where it was measured, else one of its generation, else the newest that was. */
export function calibrationOf({
  accelerator,
  engine = "current",
}: Pick<Replica, "accelerator" | "engine">): Calibration {
  const measured = known[engine];
  const find = (id: string | undefined) => measured.find((calibration) => calibration.accelerator === id);
  const found = find(accelerator.id) ?? find(sameGeneration[accelerator.id]) ?? measured.at(-1);
  if (!found) throw new Error(`Cannot find a calibration of ${engine} engines: none is in data/calibrations.json`);
  return found;
}

const sameGeneration: Readonly<Record<string, string>> = { "a800-80gb": "a100-80gb" };
