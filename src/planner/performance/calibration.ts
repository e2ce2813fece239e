import type { AcceleratorFigures } from "./replica.ts";

/** What a roofline leaves out, as numbers that are fitted to measurements. */
export interface Calibration {
  /** Share of the chip's FLOP/s that large matrix products reach. */
  computeEfficiency: number;
  /** Share of the memory's bytes a second that reading weights reaches. */
  memoryEfficiency: number;
  /** Share of the links' bytes a second that a sum over all accelerators reaches. */
  linkEfficiency: number;
  /** Of each such sum, two in each layer. */
  linkLatencyMs: number;
  /** What the host needs to launch one layer; it runs ahead of the accelerator, so that the longer of the two counts. */
  layerLaunchMs: number;
  /** What the host needs in each step for each sequence: choosing its token, its tables of memory. */
  sequenceMs: number;
  /** Watts above idle at full load, as a share of the range from idle to full. */
  powerRange: number;
  /** How watts grow with the load: load to this power. */
  powerExponent: number;
  /** The load at which watts are at their highest. */
  powerLoad: number;
  /** How much a byte of memory counts for the load, against a FLOP. */
  powerMemory: number;
  source: string;
  date: string;
}

export type CalibrationNumbers = Omit<Calibration, "source" | "date">;

const provisional: Calibration = {
  computeEfficiency: 0.6,
  memoryEfficiency: 0.75,
  linkEfficiency: 0.4,
  linkLatencyMs: 0.02,
  layerLaunchMs: 0.45,
  sequenceMs: 0.3,
  powerRange: 1,
  powerExponent: 0.75,
  powerLoad: 0.45,
  powerMemory: 0.7,
  source: "assumed",
  date: "2026-11-27",
};

/** Of the accelerator itself where it was measured, else of the nearest one that was. */
export function calibrationOf(_accelerator: Pick<AcceleratorFigures, "id">): Calibration {
  return provisional;
}
